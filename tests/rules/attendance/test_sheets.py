"""Sheets: wall times as people write them, read in the session's zone; one bad line spoils no other."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.attendance.domain.minutes import Window
from services.attendance.domain.sheets import (
    Printed,
    SheetInvalid,
    blank,
    may_have_a_sheet,
    placed,
    read_csv,
    read_signed,
)
from shared.errors import Refusal

SECRET = "what only this platform knows"

NEW_YORK = "America/New_York"
# 16:00–18:00 New York: 20:00–22:00Z on 19 October, 21:00–23:00Z on 2 November 2020.
AFTERNOON = Window(
    datetime(2020, 10, 19, 20, 0, tzinfo=UTC), datetime(2020, 10, 19, 22, 0, tzinfo=UTC)
)
# 22:00–01:00 New York, over midnight.
EVENING = Window(datetime(2020, 10, 20, 2, 0, tzinfo=UTC), datetime(2020, 10, 20, 5, 0, tzinfo=UTC))
# 00:30–03:30 New York on the night the clocks go back: four hours, 01:00–01:59 comes twice.
BACK = Window(datetime(2020, 11, 1, 4, 30, tzinfo=UTC), datetime(2020, 11, 1, 8, 30, tzinfo=UTC))
# 01:00–04:00 New York on the night they go forward: two hours, 02:00–02:59 does not exist.
FORWARD = Window(datetime(2020, 3, 8, 6, 0, tzinfo=UTC), datetime(2020, 3, 8, 8, 0, tzinfo=UTC))
# 09:00–17:00 New York, and 14:00–21:00.
DAY = Window(datetime(2020, 10, 19, 13, 0, tzinfo=UTC), datetime(2020, 10, 19, 21, 0, tzinfo=UTC))
LATE = Window(datetime(2020, 10, 19, 18, 0, tzinfo=UTC), datetime(2020, 10, 20, 1, 0, tzinfo=UTC))
LATER = datetime(2021, 1, 1, tzinfo=UTC)


def read(window: Window, came: str, went: str = "", now: datetime = LATER, **more: Any) -> Any:
    signed = read_signed(
        {"registration_id": "ada", "signed_in": came, "signed_out": went, **more}, SECRET
    )
    assert signed is not None
    found = placed(signed, window, NEW_YORK, now)
    left = found.left_at
    return f"{found.joined_at:%d %H:%M:%S}", f"{left:%d %H:%M:%S}" if left else None


@pytest.mark.parametrize(
    ("window", "came", "went", "expected"),
    [
        (AFTERNOON, "16:02", "17:58", ("19 20:02:00", "19 21:58:00")),
        (AFTERNOON, "16:02:30", "17:58:01", ("19 20:02:30", "19 21:58:01")),
        (AFTERNOON, "4:02 PM", "5:58pm", ("19 20:02:00", "19 21:58:00")),
        (AFTERNOON, "11:50 a.m.", "12:10 p.m.", ("19 15:50:00", "19 16:10:00")),
        (AFTERNOON, " 15:40 ", "", ("19 19:40:00", None)),
        (AFTERNOON, "16:02", "16:02", ("19 20:02:00", "19 20:02:00")),
        (AFTERNOON, "16:00", "0:00", ("19 20:00:00", "20 04:00:00")),
        (EVENING, "21:55", "00:30", ("20 01:55:00", "20 04:30:00")),
        (EVENING, "0:10", "1:02", ("20 04:10:00", "20 05:02:00")),
        (EVENING, "22:00", "23:59", ("20 02:00:00", "20 03:59:00")),
        (BACK, "00:30", "03:30", ("01 04:30:00", "01 08:30:00")),
        (BACK, "23:50", "00:59", ("01 03:50:00", "01 04:59:00")),
        (FORWARD, "01:00", "03:15", ("08 06:00:00", "08 07:15:00")),
        (DAY, "8:40", "17:20", ("19 12:40:00", "19 21:20:00")),
        (DAY, "3:05 PM", "17:00", ("19 19:05:00", "19 21:00:00")),
        (DAY, "3:05 AM", "17:00", ("19 07:05:00", "19 21:00:00")),
    ],
)
def test_a_wall_time_is_read_on_the_day_that_brings_it_nearest(
    window: Window, came: str, went: str, expected: Any
) -> None:
    assert read(window, came, went) == expected


def test_a_wall_time_that_comes_twice_needs_to_say_which() -> None:
    assert read(BACK, "01:30", "", fold="0") == ("01 05:30:00", None)
    assert read(BACK, "01:30", "", fold="1") == ("01 06:30:00", None)
    with pytest.raises(Refusal, match=r"signed_in: 01:30 on 2020-11-01 comes twice"):
        read(BACK, "01:30")


@pytest.mark.parametrize(
    ("window", "came", "went", "why"),
    [
        (FORWARD, "02:30", "03:30", "signed_in: 02:30 on 2020-03-08 does not exist"),
        (FORWARD, "01:30", "02:59", "signed_out: 02:59 on 2020-03-08 does not exist"),
        (AFTERNOON, "16:02", "15:50", "signed_out is before signed_in"),
        (AFTERNOON, "04:02", "17:58", "signed_in is more than six hours away"),
        (AFTERNOON, "16:02", "04:58", "signed_out is more than six hours away"),
        (DAY, "3:05", "17:00", "signed_in: is it 15:05, or 03:05"),
        (DAY, "03:05", "17:00", "signed_in: is it 15:05, or 03:05"),
        (LATE, "14:00", "2:30", "signed_out: is it 14:30, or 02:30"),
        (AFTERNOON, "25:00", "", "signed_in is a time"),
        (AFTERNOON, "16:60", "", "signed_in is a time"),
        (AFTERNOON, "13:02 PM", "", "signed_in is a time"),
        (AFTERNOON, "0:02 AM", "", "signed_in is a time"),
        (AFTERNOON, "sixteen", "", "signed_in is a time"),
        (AFTERNOON, "١٦:٠٢", "", "signed_in is a time"),
        (AFTERNOON, "", "17:58", "signed_in is missing"),
    ],
)
def test_a_time_that_cannot_be_right_is_refused(
    window: Window, came: str, went: str, why: str
) -> None:
    with pytest.raises(Refusal, match=why):
        read(window, came, went)


def test_nobody_signs_in_the_future() -> None:
    during = datetime(2020, 10, 19, 21, 0, tzinfo=UTC)
    assert read(AFTERNOON, "16:02", "", during) == ("19 20:02:00", None)
    with pytest.raises(Refusal, match="signed_out is in the future"):
        read(AFTERNOON, "16:02", "17:58", during)


def test_a_line_that_nobody_signed_says_nothing_and_one_without_a_person_is_refused() -> None:
    assert (
        read_signed({"registration_id": "ada", "signed_in": "", "signed_out": ""}, SECRET) is None
    )
    with pytest.raises(Refusal, match="Name registration_id"):
        read_signed({"signed_in": "16:02"}, SECRET)
    with pytest.raises(Refusal, match="is an id"):
        read_signed({"signed_in": "16:02", "registration_id": "ada@learners.example"}, SECRET)


def test_what_is_kept_of_a_line_names_nobody_and_is_the_same_for_the_same_words() -> None:
    line = {"name": " Ada  EXAMPLE", "email": "Ada@x.example", "signed_in": "16:02"}
    one = read_signed(line, SECRET)
    other = read_signed(
        {"name": "ada example", "email": "ada@X.example", "signed_in": "16:02:00"}, SECRET
    )
    assert one is not None
    assert other is not None
    assert one.sha256 == other.sha256
    assert "ada" not in str(one.body).lower()
    elsewhere = read_signed(line, "another platform's")
    assert elsewhere is not None
    assert elsewhere.who.participant_id != one.who.participant_id  # nobody can try out names
    assert (one.who.name, one.who.email) == (" Ada  EXAMPLE", "Ada@x.example")


ROWS = [
    (0, {"registration_id": "ada", "signed_in": "16:02", "signed_out": ""}),
    (2, {"registration_id": "ben", "signed_in": "16:05", "signed_out": "17:00"}),
]


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_sheet_is_read_whoever_wrote_it(mark: str, bom: str, end: str) -> None:
    lines = ["Registration ID,Signed-in,signed OUT", "ada,16:02,", ",,", "ben, 16:05 ,17:00", ""]
    assert read_csv((bom + end.join(lines).replace(",", mark)).encode()) == ROWS


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"a,b\n1,2", b"signed_in\n16:02", b'name,signed_in\n"x,16:02']
)
def test_what_is_no_sheet_is_refused_as_a_whole(content: bytes) -> None:
    with pytest.raises(SheetInvalid):
        read_csv(content)


def test_the_blank_sheet_reads_back_and_holds_no_formula() -> None:
    text = blank([Printed(1, "=HYPERLINK(1)", "ada"), Printed(2, "Łucja; Ben, M.A.", "ben")])
    assert text.startswith("\ufeffno,name,registration_id,signed_in,signed_out\r\n")
    assert "1,'=HYPERLINK(1),ada,," in text
    rows = read_csv(text.encode())
    assert [row["registration_id"] for _, row in rows] == ["ada", "ben"]
    assert rows[1][1]["name"] == "Łucja; Ben, M.A."
    assert [read_signed(row, SECRET) for _, row in rows] == [None, None]


def test_only_what_is_held_on_a_day_has_a_sheet() -> None:
    may_have_a_sheet(EVENING, recorded=False)
    with pytest.raises(SheetInvalid):
        may_have_a_sheet(EVENING, recorded=True)
    month = Window(datetime(2020, 10, 1, tzinfo=UTC), datetime(2020, 10, 31, tzinfo=UTC))
    with pytest.raises(SheetInvalid):
        may_have_a_sheet(month, recorded=False)
