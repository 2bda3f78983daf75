"""What a credit is good for, and how much of several is spent; figures by hand."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.billing.domain.redemption import Offered, Order, is_over, left_of, refusal, spend

END = datetime(2021, 10, 7, 3, 59, 59, 999999, tzinfo=UTC)
TICK = timedelta(microseconds=1)
CREDIT = Offered(
    credit_id="c",
    left=7900,
    currency="USD",
    expires_at=END,
    expires_on=date(2021, 10, 6),
    only_for="another_learning_product",
    not_for="here",
)
ORDER = Order(at=END, currency="USD", course_id="there", kind="online_course")


@pytest.mark.parametrize(
    ("credit", "order", "why"),
    [
        ({}, {}, None),
        ({"voided": True, "frozen": True}, {}, "voided"),
        ({"frozen": True, "left": 0}, {"at": END + TICK}, "frozen"),
        ({"left": 0}, {"at": END + TICK}, "expired"),
        ({"expires_at": None}, {"at": END + TICK}, None),
        ({}, {"currency": "EUR", "kind": "donation"}, "other-currency"),
        ({}, {"kind": "donation", "course_id": "here"}, "not-for-this-product"),
        ({}, {"kind": "membership"}, "not-for-this-product"),
        ({"only_for": ""}, {"kind": "donation"}, None),
        ({}, {"course_id": "here", "of_others": frozenset("c")}, "same-course"),
        ({"not_for": None}, {"course_id": "here"}, None),
        ({"not_for": None}, {"course_id": None}, None),
        ({}, {"course_id": None}, None),
        ({"left": 0}, {"of_others": frozenset("c")}, "not-transferable"),
        ({"transferable": True}, {"of_others": frozenset("c")}, None),
        ({}, {"of_others": frozenset("d")}, None),
        ({"left": 0}, {}, "empty"),
        ({"left": 1}, {}, None),
    ],
)
def test_why_a_credit_is_not_taken(
    credit: dict[str, Any], order: dict[str, Any], why: str | None
) -> None:
    assert refusal(replace(CREDIT, **credit), replace(ORDER, **order)) == why


def test_its_last_microsecond_belongs_to_it() -> None:
    assert not is_over(END, END)
    assert is_over(END, END + TICK)
    assert not is_over(None, END)


def credit(name: str, left: int, ends: date | None) -> Offered:
    return replace(CREDIT, credit_id=name, left=left, expires_on=ends)


@pytest.mark.parametrize(
    ("price", "spent"),
    [
        (0, []),
        (1, [("soon", 1)]),
        (5000, [("soon", 5000)]),
        (5001, [("soon", 5000), ("also soon", 1)]),
        (7000, [("soon", 5000), ("also soon", 1000), ("later", 1000)]),
        (9000, [("soon", 5000), ("also soon", 1000), ("later", 2000), ("never", 1000)]),
        (99999, [("soon", 5000), ("also soon", 1000), ("later", 2000), ("never", 3000)]),
    ],
)
def test_the_earliest_end_is_spent_first_and_no_end_last(
    price: int, spent: list[tuple[str, int]]
) -> None:
    listed = [
        credit("never", 3000, None),
        credit("later", 2000, date(2021, 12, 1)),
        credit("soon", 5000, date(2021, 3, 1)),
        credit("also soon", 1000, date(2021, 3, 1)),
        credit("nothing left", 0, date(2021, 1, 1)),
    ]
    assert [(each.credit_id, part) for each, part in spend(price, listed)] == spent


def test_what_was_taken_at_its_end_can_still_be_spent_by_an_order_from_before() -> None:
    after, before = END + TICK, END - timedelta(days=400)
    assert left_of(0, [(after, -7900)], END) == 7900
    assert left_of(0, [(after, -7900), (after, 5000)], END) == 2900
    assert left_of(100, [(before, -7900)], END) == 100, "taken at an end that it no longer has"
    assert left_of(100, [(END, -7900)], END) == 100
    assert left_of(100, [(after, -7900)], None) == 100
