"""How many lines a partner may send on a day."""

from datetime import UTC, datetime

import pytest

from services.partners.domain.quota import Day, TooManyItems, today, with_more

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 30, tzinfo=UTC)


def test_a_day_is_one_of_utc_and_begins_with_nothing():
    assert today(None, NOON) == Day(MIDNIGHT, 0)
    assert today(Day(MIDNIGHT, 7), NOON) == Day(MIDNIGHT, 7)
    yesterday = datetime(2026, 11, 29, tzinfo=UTC)
    assert today(Day(yesterday, 7), MIDNIGHT) == Day(MIDNIGHT, 0)


def test_as_many_as_are_left_and_no_more():
    day = with_more(Day(MIDNIGHT, 7), 3, 10, NOON)
    assert day == Day(MIDNIGHT, 10)
    assert with_more(day, 0, 10, NOON) == day
    with pytest.raises(TooManyItems) as why:
        with_more(day, 1, 10, NOON)
    assert why.value.facts == {"limit": 10, "left": 0, "retry_after": 43_201}
    with pytest.raises(TooManyItems) as why:
        with_more(Day(MIDNIGHT, 7), 4, 10, NOON)
    assert why.value.facts["left"] == 3
    with pytest.raises(TooManyItems) as why:
        with_more(Day(MIDNIGHT, 20), 1, 10, NOON)
    assert why.value.facts["left"] == 0, "the limit was lowered meanwhile"
