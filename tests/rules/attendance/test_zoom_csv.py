"""Zoom's own export: its headers, parts and times, as they were seen, and what is refused."""

from typing import Any

import pytest

from services.attendance.domain import zoom_csv
from services.attendance.domain.lines import read_interval
from services.attendance.domain.zoom_csv import is_zooms, meetings
from shared.dates import rfc3339
from shared.errors import Refusal

SECRET = "what only this platform knows"

NEW_YORK = "America/New_York"
MEETING = """Meeting ID,Topic,Start Time
880 0000 0003,Supervision,11/02/2020 03:55:00 PM

Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes),Guest,In Waiting Room
"Example, Ada (Ada)",ada@x.example,11/02/2020 04:00:00 PM,11/02/2020 05:00:00 PM,60,No,No
Ben,,11/02/2020 04:05:30 PM,11/02/2020 06:00:00 PM,115,Yes,No
Ben,,11/02/2020 03:55:00 PM,11/02/2020 04:05:30 PM,11,Yes,Yes
"""
WEBINAR = """Attendee Report,,,,,
Report Generated:,"Nov 2, 2020 6:26 PM",,,,
Topic,Webinar ID,Actual Start Time,Actual Duration (minutes),# Registered,Unique Viewers
Supervision,880 0000 0003,"Nov 2, 2020 3:55 PM",125,3,2
Host Details,,,,,
Attended,User Name (Original Name),Email,Join Time,Leave Time,Time in Session (minutes)
Yes,Host,host@x.example,"Nov 2, 2020 15:55:00","Nov 2, 2020 18:00:00",125
Attendee Details,,,,,
Attended,User Name (Original Name),Email,Join Time,Leave Time,Time in Session (minutes)
Yes,Ada,ada@x.example,"Nov 02, 2020 04:00:00 PM","Nov 2, 2020 5:00:00 PM",60
No,Cleo,cleo@x.example,--,--,--
Yes,Dan,dan@x.example,"Nov 2, 2020 16:30",--,
"""


def read(text: str, zone: str, about: str, secret: str) -> list[Any]:
    """The lines without their rows."""
    return [line for _, line in zoom_csv.read(text, zone, about, secret)]


def times(text: str, zone: str = NEW_YORK) -> list[Any]:
    """Joined and left of each line; None for one that is refused."""
    found: list[Any] = []
    for line in read(text, zone, "c/s3", SECRET):
        if isinstance(line, Refusal):
            found.append(None)
            continue
        told = read_interval(line, SECRET)
        left = rfc3339(told.left_at)[11:16] if told.left_at else None
        found.append((rfc3339(told.joined_at)[11:16], left, told.waiting))
    return found


def test_a_meetings_export() -> None:
    assert is_zooms(MEETING)
    assert times(MEETING) == [
        ("21:00", "22:00", False), ("21:05", "23:00", False), ("20:55", "21:05", True),
    ]  # fmt: skip
    ada, ben, waiting = (
        read_interval(line, SECRET) for line in read(MEETING, NEW_YORK, "c/s3", SECRET)
    )
    assert (ada.who.name, ada.who.email) == ("Example, Ada (Ada)", "ada@x.example")
    assert str(ada.who.participant_id).startswith("mail:")
    assert str(ben.who.participant_id).startswith("name:")
    assert ben.who.participant_id == waiting.who.participant_id
    assert (ben.who.registration_id, ben.who.registrant_id) == (None, None)


@pytest.mark.parametrize(
    ("above", "ids"),
    [
        ("", ()),
        ("Meeting ID,Topic\n880 0000 0003,Supervision\n\n", ("88000000003",)),
        ('Topic,Meeting ID,Host\n"Of 2, say",999-9999-9999,h@x.example\n\n', ("99999999999",)),
        ("Webinar ID,Topic\n812 3456 7890,A\n812 3456 7890,B\n", ("81234567890",)),
        ("Topic,Meeting ID\nNone is said,\n", ()),
    ],
)
def test_the_meetings_that_an_export_is_of_stand_above_its_participants(
    above: str, ids: tuple[str, ...]
) -> None:
    rows = "Name,User Email,Join Time,Leave Time\nMeeting ID,a@x.example,1,2\n77,b@x.example,1,2\n"
    assert meetings(above + rows) == ids


def test_a_webinars_export_with_a_part_for_each_role() -> None:
    assert times(WEBINAR) == [
        ("20:55", "23:00", False), ("21:00", "22:00", False), ("21:30", None, False),
    ]  # fmt: skip


def test_what_is_kept_names_nobody() -> None:
    lines = [*read(MEETING, NEW_YORK, "c/s3", SECRET), *read(WEBINAR, NEW_YORK, "c/s3", SECRET)]
    kept = str([read_interval(line, SECRET).body for line in lines])
    for personal in ("Ada", "Ben", "x.example"):
        assert personal not in kept


def test_a_name_is_somebody_else_in_another_session() -> None:
    one, other = (
        read(MEETING, NEW_YORK, about, SECRET)[1]["participant_id"] for about in ("a", "b")
    )
    assert one != other


HEAD = "Name (original name),Email,Join time,Leave time,Duration (minutes)\n"


@pytest.mark.parametrize(
    ("joined", "at"),
    [
        ("11/02/2020 04:00:00 PM", "21:00"),
        ("11/02/2020 4:00 PM", "21:00"),
        ("11/02/2020 16:00", "21:00"),
        ("11/02/2020\u202f04:00:00\u202fPM", "21:00"),
        ("11/02/2020 12:30:00 AM", "05:30"),
        ("11/02/2020 12:30:00 PM", "17:30"),
        ("2020-11-02 16:00:00", "21:00"),
        ("Nov 2, 2020 4:00:00 p.m.", "21:00"),
        ("November 2, 2020 16:00", "21:00"),
    ],
)
def test_times_as_they_were_seen(joined: str, at: str) -> None:
    assert times(f'{HEAD}Ada,,"{joined}",,\n') == [(at, None, False)]


@pytest.mark.parametrize(
    ("joined", "because"),
    [
        ("30/11/2020 10:00", "month comes first"),
        ("02/30/2020 10:00", "no day"),
        ("11/02/2020 13:00 PM", "no time"),
        ("11/02/2020 00:00 AM", "no time"),
        ("11/02/2020 24:00", "no time"),
        ("11/02/2020", "11/02/2020 09:05:00 PM"),
        ("Foo 2, 2020 10:00", "11/02/2020 09:05:00 PM"),
        ("soon", "11/02/2020 09:05:00 PM"),
        ("٠١/02/2020 10:00", "11/02/2020 09:05:00 PM"),
        ("03/08/2020 02:30:00 AM", "does not exist"),
        ("11/01/2020 01:30:00 AM", "comes twice"),
    ],
)
def test_a_time_that_is_none_is_refused_and_spoils_no_other(joined: str, because: str) -> None:
    text = f"{HEAD}Ada,,{joined},11/02/2020 17:00,\nBen,,11/02/2020 16:00,11/02/2020 17:00,60\n"
    text = text.replace("Foo 2, 2020 10:00", '"Foo 2, 2020 10:00"')
    first, second = read(text, NEW_YORK, "c/s3", SECRET)
    assert isinstance(first, Refusal)
    assert because in first.detail
    assert rfc3339(read_interval(second, SECRET).joined_at) == "2020-11-02T21:00:00Z"


def test_a_missing_join_is_refused_and_a_leave_before_it_too() -> None:
    [missing, backward] = read(
        f"{HEAD}A,,,11/02/2020 16:00,\nB,,11/02/2020 16:00,11/02/2020 15:00,\n",
        NEW_YORK,
        "x",
        SECRET,
    )
    assert "join time is missing" in missing.detail
    with pytest.raises(Refusal, match="before joined_at"):
        read_interval(backward, SECRET)


@pytest.mark.parametrize("mark", [";", "\t"])
def test_other_marks_between_fields(mark: str) -> None:
    text = (
        HEAD.replace(",", mark) + f"Ada{mark}{mark}11/02/2020 16:00{mark}11/02/2020 17:00{mark}60"
    )
    assert times(text) == [("21:00", "22:00", False)]


@pytest.mark.parametrize(
    "text", ["", "participant_id,joined_at\n1,2\n", "Join Time\n", "join time\nleave time\n"]
)
def test_another_table_is_not_zooms(text: str) -> None:
    assert not is_zooms(text)
    assert read(text, NEW_YORK, "x", SECRET) == []


def test_rows_are_counted_as_a_spreadsheet_does() -> None:
    """Rows about the meeting, empty ones, and a cell with a line break are a row each."""
    text = (
        'Meeting ID,Topic\n880 0000 0003,"Supervision\n(in two lines)"\n\n'
        "Name,Join Time,Leave Time\n"
        '"Ada\nExample",11/02/2020 04:00:00 PM,11/02/2020 05:00:00 PM\n'
        "\n"
        "Ben,soon,11/02/2020 05:00:00 PM\n"
    )
    assert [row for row, _ in zoom_csv.read(text, NEW_YORK, "c/s3", SECRET)] == [5, 7]
