"""What a course costs today, as its page says it: the list price, what lowers it, what comes after.

The course's own clock decides; a price is over exactly at its end.
"""

from datetime import UTC, datetime

import pytest

from services.web.domain.prices import Price, today
from shared.money import Money

LIST = Money(19900, "USD")


def price(price_id: str, kind: str, amount: int, ends_at: datetime | None = None) -> Price:
    return Price(price_id, price_id, kind, Money(amount, "USD"), ends_at, "", 0)


def october(day: int, hour: int = 4, minute: int = 0) -> datetime:
    return datetime(2020, 10, day, hour, minute, tzinfo=UTC)


FIRST = price("first", "early", 14900, october(1))
SECOND = price("second", "early", 16900, october(8))
MEMBER = price("member", "statement", 9900)
TEAM = price("team", "group", 9000)


@pytest.mark.parametrize(
    ("at", "amount", "after"),
    [
        (october(1, 3, 59), 14900, 16900),
        (october(1), 16900, 19900),
        (october(8, 3, 59), 16900, 19900),
        (october(8), 19900, 19900),
    ],
)
def test_the_lowest_early_price_holds_until_its_end_and_then_the_next(at, amount, after):
    found = today(LIST, [SECOND, FIRST], at)
    assert (found.amount.amount, found.after.amount) == (amount, after)


def test_what_is_asked_for_lowers_nothing_by_itself():
    found = today(LIST, [MEMBER, TEAM], october(1))
    assert (found.amount, found.early) == (LIST, None)
    assert (found.stated, found.group) == ((MEMBER,), (TEAM,))


def test_what_is_over_is_not_offered():
    over = price("over", "statement", 9900, october(1))
    found = today(LIST, [over, FIRST], october(1))
    assert (found.stated, found.several) == ((), False)


def test_an_early_price_as_high_as_the_list_price_is_none():
    assert today(LIST, [price("same", "early", 19900, october(8))], october(1)).early is None


def test_an_early_price_that_ends_with_another_is_not_what_comes_after_it():
    also = price("also", "early", 17900, october(1))
    assert today(LIST, [FIRST, also], october(1, 3)).after == LIST


def test_a_day_ends_with_its_last_minute():
    assert FIRST.last == october(1, 3, 59).replace(second=59)
    assert MEMBER.last is None
