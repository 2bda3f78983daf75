"""What can be done about a refund, and the day on which money moved."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.web.domain.refund_acts import acts_of, money_moved, tender_of, with_moment

FAILED = {"status": "failed", "failure": "destination-closed", "replaced": False, "tender": "card"}
NOW = datetime(2020, 9, 14, 13, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changed", "acts"),
    [
        ({}, ("retry", "settle")),
        ({"failure": None}, ("retry", "settle")),
        ({"failure": "lost"}, ()),
        ({"replaced": True}, ()),
        ({"status": "succeeded"}, ()),
        ({"status": "submitted"}, ()),
        ({"status": "requested"}, ()),
        ({"tender": "transfer"}, ("settle",)),
        ({"tender": "transfer", "status": "requested"}, ("settle",)),
        ({"tender": "cash", "status": "succeeded"}, ()),
    ],
)
def test_what_is_open_is_what_is_still_owed(changed: dict[str, Any], acts: tuple[str, ...]) -> None:
    assert acts_of(FAILED | changed) == acts


def test_a_day_is_its_end_and_today_is_now() -> None:
    end = datetime(2020, 9, 13, 23, 59, 59, tzinfo=UTC)
    assert money_moved({"sent_on": "2020-09-13"}, NOW) == (end, [])
    assert money_moved({"sent_on": "2020-09-14"}, NOW) == (None, [])
    assert money_moved({}, NOW) == (None, [])


def test_the_moment_that_was_seen_is_that_of_the_act_though_it_is_sent_after_midnight() -> None:
    seen = with_moment({"sent_on": "2020-09-14"}, {"paid_at": "2020-09-14T23:58:00.25Z"})
    at = datetime(2020, 9, 14, 23, 58, 0, 250_000, tzinfo=UTC)
    later = datetime(2020, 9, 15, 0, 1, tzinfo=UTC)
    assert money_moved(seen, later, seen=True) == (at, [])
    assert money_moved(seen, NOW) == (None, []), "another page is another moment"
    end = datetime(2020, 9, 14, 23, 59, 59, tzinfo=UTC)
    assert money_moved(seen | {"moved_at": "soon"}, later, seen=True) == (end, [])


@pytest.mark.parametrize(
    ("said", "tender"), [("cash", "cash"), ("", "transfer"), ("card", "transfer")]
)
def test_by_hand_is_by_a_bank_where_nothing_else_is_said(said: str, tender: str) -> None:
    assert tender_of({"tender": said}) == tender


@pytest.mark.parametrize("day", ["2020-09-15", "2020-09-31", "13.9.2020", "9999-12-31", "x"])
def test_what_is_no_day_or_still_to_come_is_told(day: str) -> None:
    moment, faults = money_moved({"came_on": day}, NOW, "came_on")
    assert moment is None
    assert [one.field for one in faults] == ["came_on"]
