"""A course some weeks later: the wall times stay over a change of the clocks, what is of other days
stays where it is."""

from datetime import date
from typing import Any

import pytest

from services.web.domain.moved_course import first_day, moved

COURSE: dict[str, Any] = {
    "zone": "Europe/Berlin",
    "title": "Supervision",
    "sessions": [
        {"id": "s2", "date": "2027-03-29", "from": "09:00", "to": "11:00"},
        {"id": "s1", "date": "2027-03-22", "from": "09:00", "to": "11:00", "title": "First"},
        {"id": "night", "date": "2027-04-02", "to_date": "2027-04-03", "from": "22:00", "to": "01:00"},
    ],
    "registration": {"opens_at": "2027-01-04T08:00:00Z", "closes_at": "2027-03-21T11:00:00Z"},
    "prices": [
        {"id": "early", "amount": 1, "when": {"until": "2027-02-28"}},
        {"id": "noon", "amount": 1, "when": {"until": "2027-03-26T11:00:00Z"}},
        {"id": "team", "amount": 1, "when": {"at_least": 5}},
    ],
    "boards": [{"board": "NBCC", "approved": {"from": "2027-01-01", "to": "2027-12-31"}}],
    "refund_policy": {"holidays": ["2027-03-26"]},
}  # fmt: skip


def test_every_day_moves_and_clocks_show_the_same() -> None:
    assert first_day(COURSE) == date(2027, 3, 22)
    later = moved(COURSE, 28)
    assert later["sessions"] == [
        {"id": "s2", "date": "2027-04-26", "from": "09:00", "to": "11:00"},
        {"id": "s1", "date": "2027-04-19", "from": "09:00", "to": "11:00", "title": "First"},
        {"id": "night", "date": "2027-04-30", "to_date": "2027-05-01", "from": "22:00", "to": "01:00"},
    ]  # fmt: skip
    # The clocks went forward on March 28: 09:00 and noon in Berlin are an hour earlier in UTC.
    assert later["registration"] == {
        "opens_at": "2027-02-01T08:00:00Z",
        "closes_at": "2027-04-18T10:00:00Z",
    }
    untils = [one["when"].get("until") for one in later["prices"]]
    assert untils == ["2027-03-28", "2027-04-23T10:00:00Z", None]
    assert {name: later[name] for name in ("boards", "refund_policy", "title", "zone")} == {
        name: COURSE[name] for name in ("boards", "refund_policy", "title", "zone")
    }
    assert moved(later, -28) == COURSE


def test_not_moved_it_is_the_same() -> None:
    fold = COURSE | {"sessions": [COURSE["sessions"][0] | {"fold": 1}]}
    assert moved(fold, 0) == fold
    assert "fold" not in moved(fold, 7)["sessions"][0], "another day has another choice, or none"


def test_an_instant_that_clocks_skip_is_as_long_after_the_jump() -> None:
    early = COURSE | {"registration": {"opens_at": "2027-03-21T01:30:00Z"}}  # 02:30 in Berlin
    assert moved(early, 7)["registration"] == {"opens_at": "2027-03-28T01:30:00Z"}  # 03:30


def test_beyond_the_calendar_there_is_no_day() -> None:
    with pytest.raises(OverflowError):
        moved(COURSE, 4_000_000)
