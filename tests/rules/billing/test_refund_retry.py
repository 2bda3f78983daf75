"""What follows from a refund that does not go through."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.billing.domain.refund_retry import is_stuck, next_pause, what_next
from services.billing.domain.states import COUNTED, PENDING, REFUND, may

AT = datetime(2020, 9, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("failure", "what"),
    [
        ("balance", "again"),
        ("instrument", "by-hand"),
        ("over", "ask"),
        ("refused", "ask"),
        ("", "ask"),
    ],
)
def test_only_our_own_lack_of_money_passes_by_itself(failure: str, what: str) -> None:
    assert what_next(failure) == what


@pytest.mark.parametrize(("tries", "hours"), [(0, 1), (1, 1), (2, 6), (3, 24), (4, 24), (99, 24)])
def test_the_pauses_grow_to_a_day(tries: int, hours: int) -> None:
    assert next_pause(tries) == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("after", "stuck"),
    [
        (timedelta(0), False),
        (timedelta(days=3) - timedelta(microseconds=1), False),
        (timedelta(days=3), True),
        (timedelta(days=9), True),
    ],
)
def test_three_days_on_its_way_is_too_long(after: timedelta, stuck: bool) -> None:
    assert is_stuck(AT, AT + after) is stuck
    assert is_stuck(None, AT + after) is False


_GOES = {
    "requested": {"submitted", "succeeded", "failed", "unknown"},
    "submitted": {"succeeded", "failed", "unknown"},
    "unknown": {"submitted", "succeeded", "failed"},
    "succeeded": {"failed"},
    "failed": set(),
}


@pytest.mark.parametrize("state", _GOES)
@pytest.mark.parametrize("to", _GOES)
def test_a_refund_goes_or_stays(state: str, to: str) -> None:
    assert may(REFUND, state, to) is (to in _GOES[state])


def test_what_counts_of_a_payment_is_all_but_what_failed() -> None:
    assert {"requested", "submitted", "unknown"} == PENDING
    assert {"requested", "submitted", "unknown", "succeeded"} == COUNTED
