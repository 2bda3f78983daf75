"""Wall times that staff type of a session: across clock changes, past midnight, of another day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from services.web.domain.attendance_form import correction_in
from services.web.domain.timeline import timeline_of

NEW_YORK = "America/New_York"


@dataclass(frozen=True)
class Session:
    zone: str
    starts_at: datetime
    ends_at: datetime


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


EVENING = Session(NEW_YORK, at("2020-10-20T02:00"), at("2020-10-20T06:00"))  # 22:00 to 02:00
BACK = Session(NEW_YORK, at("2020-11-01T04:00"), at("2020-11-01T08:00"))  # 00:00 EDT to 03:00 EST
AFTER_BACK = Session(NEW_YORK, at("2020-11-02T03:00"), at("2020-11-02T07:00"))  # 22:00 to 02:00
SEVEN = Session(NEW_YORK, at("2020-10-19T23:00"), at("2020-10-20T01:00"))  # 19:00 to 21:00
MONTHS = Session(NEW_YORK, at("2020-10-01T04:00"), at("2021-01-01T05:00"))


@pytest.mark.parametrize(
    ("session", "typed", "joined", "left"),
    [
        (EVENING, "22:30 to 23:15", "2020-10-20T02:30:00Z", "2020-10-20T03:15:00Z"),
        (EVENING, "23:30 – 1:15", "2020-10-20T03:30:00Z", "2020-10-20T05:15:00Z"),
        (EVENING, "0:30 until 1:30", "2020-10-20T04:30:00Z", "2020-10-20T05:30:00Z"),
        (EVENING, "10:30 PM to 11:15 p.m.", "2020-10-20T02:30:00Z", "2020-10-20T03:15:00Z"),
        (EVENING, "11:30\u202fPM – 1:15am", "2020-10-20T03:30:00Z", "2020-10-20T05:15:00Z"),
        (EVENING, "12:05 AM - 12:10 AM", "2020-10-20T04:05:00Z", "2020-10-20T04:10:00Z"),
        (BACK, "0:30-2:30", "2020-11-01T04:30:00Z", "2020-11-01T07:30:00Z"),
        # The night before clocks went back 1:30 came twice; this session is of the next night.
        (AFTER_BACK, "22:30-1:30", "2020-11-02T03:30:00Z", "2020-11-02T06:30:00Z"),
        (SEVEN, "7:30 PM to 9:00 PM", "2020-10-19T23:30:00Z", "2020-10-20T01:00:00Z"),
        (SEVEN, "19:30 to 21:00", "2020-10-19T23:30:00Z", "2020-10-20T01:00:00Z"),
        # Six hours before it begins, and six after it ends, are no slip.
        (SEVEN, "13:00 to 19:30", "2020-10-19T17:00:00Z", "2020-10-19T23:30:00Z"),
        # Whoever says the day means it; whether it counts is the owner's to say.
        (SEVEN, "2020-10-19 7:30 to 9:00", "2020-10-19T11:30:00Z", "2020-10-19T13:00:00Z"),
        (MONTHS, "2020-12-24 9:00 to 10:00", "2020-12-24T14:00:00Z", "2020-12-24T15:00:00Z"),
        (MONTHS, "2020-12-24 23:00 to 2020-12-25 01:00",
         "2020-12-25T04:00:00Z", "2020-12-25T06:00:00Z"),
    ],
)  # fmt: skip
def test_times_are_those_of_the_session_s_clocks(
    session: Session, typed: str, joined: str, left: str
) -> None:
    said, faults = correction_in({"way": "seen", "seen": typed}, session)
    assert faults == []
    assert said == {"intervals": [{"joined_at": joined, "left_at": left}]}


@pytest.mark.parametrize("typed", ["13:00 PM to 14:00 PM", "0:30 AM to 0:40 AM", "24:00-25:00"])
def test_what_is_on_no_clock_is_said(typed: str) -> None:
    said, [fault] = correction_in({"way": "seen", "seen": typed}, EVENING)
    assert said == {"intervals": []}
    assert "is not on the clock." in fault.detail


@pytest.mark.parametrize(
    ("session", "typed", "why"),
    [
        (SEVEN, "7:30 to 9:00 PM", "say AM or PM of both times, or of neither."),
        (SEVEN, "7:30 PM to 9:00", "say AM or PM of both times, or of neither."),
        (SEVEN, "7:30 to 2020-10-19 9:00 p.m.", "say AM or PM of both times, or of neither."),
        (SEVEN, "7:30 to 9:00", "that is more than six hours away from the session."),
        (SEVEN, "7:30 to 21:00", "that is more than six hours away from the session."),
        (SEVEN, "12:59 to 21:00", "that is more than six hours away from the session."),
        (BACK, "2:30 to 9:01", "that is more than six hours away from the session."),
        (BACK, "0:30-1:30", "1:30 comes twice that night"),
        (BACK, "1:30 AM to 2:30 AM", "1:30 AM comes twice that night"),
        (BACK, "2020-11-01 1:45-2:15", "1:45 comes twice that night"),
    ],
)
def test_what_may_have_been_meant_otherwise_is_refused(
    session: Session, typed: str, why: str
) -> None:
    said, [fault] = correction_in({"way": "seen", "seen": typed}, session)
    assert said == {"intervals": []}
    assert fault.detail.startswith(f"Line 1, “{typed}”: {why}")


def test_a_time_that_clocks_never_show_is_said() -> None:
    ahead = Session(NEW_YORK, at("2020-03-08T06:00"), at("2020-03-08T09:00"))
    _, [fault] = correction_in({"way": "seen", "seen": "2:30-4:00"}, ahead)
    assert fault.detail == (
        "Line 1, “2:30-4:00”: 02:30 on 2020-03-08 does not exist in America/New_York."
    )


def test_a_timeline_is_drawn_of_what_can_be_read_and_marked_by_round_hours() -> None:
    start, end = at("2020-10-19T20:00"), at("2020-10-19T22:00")
    junk = ["x", {"source": "report"}, {"source": "report", "joined_at": "never"}]
    stay = {"source": "sheet", "joined_at": "2020-10-19T21:00:00Z", "left_at": None}
    # Twice the same, and in any order: one.
    record = {"evidence": [*junk, stay, stay], "counted": [None, {"from": "x"}]}
    drawn = timeline_of(record, start, end, [], NEW_YORK, at("2020-10-19T21:30"))
    assert drawn is not None
    assert [(row.title, row.kind) for row in drawn.rows] == [
        ("The sheet that was signed", "there"),
        ("What the evidence comes to", "counts"),
    ]
    [one] = drawn.rows[0].stays
    assert (one.start, one.end) == (at("2020-10-19T21:00"), at("2020-10-19T21:30"))
    assert drawn.rows[0].inferred
    assert [mark.start for mark in drawn.marks] == [
        at(f"2020-10-19T{clock}") for clock in ("20:00", "20:30", "21:00", "21:30", "22:00")
    ]
    assert timeline_of({"evidence": junk}, start, end, [], NEW_YORK, end) is None
