"""When an employer's open invoice is reminded of."""

from datetime import UTC, datetime, timedelta

import pytest

from services.billing.domain.reminders import LAST, OVERDUE, level_at, next_at

DUE = datetime(2020, 10, 14, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("days", "micro", "level", "following"),
    [
        (-30, 0, 0, -7),
        (-7, -1, 0, -7),
        (-7, 0, 1, 1),
        (0, 0, 1, 1),
        (1, -1, 1, 1),
        (1, 0, 2, 14),
        (14, -1, 2, 14),
        (14, 0, 3, None),
        (400, 0, 3, None),
    ],
)
def test_a_week_before_a_day_after_and_two_weeks_after(
    days: int, micro: int, level: int, following: int | None
) -> None:
    now = DUE + timedelta(days=days, microseconds=micro)
    assert level_at(DUE, now) == level
    expected = None if following is None else DUE + timedelta(days=following)
    assert next_at(DUE, now) == expected
    assert (OVERDUE, LAST) == (2, 3)
