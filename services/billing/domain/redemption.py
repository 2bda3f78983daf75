"""What a credit is good for, and how much of several is spent on an order (domain.md §3).

Judged by the time of the order, not by when it is heard: whoever ordered before midnight spends a
credit that has ended since.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

ANOTHER = "another_learning_product"
NO_LEARNING = ("donation", "membership")  # kinds of product


@dataclass(frozen=True, slots=True)
class Offered:
    """A credit as it stands. `left` is what can be spent of it at the time of the order.

    `frozen` while its payer disputes the payment. `only_for` is `another_learning_product` or
    empty; then it is not good for the course `not_for`.
    """

    credit_id: str
    left: int
    currency: str
    frozen: bool = False
    voided: bool = False
    expires_at: datetime | None = None
    expires_on: date | None = None
    only_for: str = ""
    not_for: str | None = None
    transferable: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """What a credit is to be spent on. `of_others` are the credits that belong to somebody else;
    a `course_id` of None is any other course, whatever its kind."""

    at: datetime
    currency: str
    course_id: str | None
    kind: str = ""
    of_others: frozenset[str] = frozenset()


def is_over(expires_at: datetime | None, at: datetime) -> bool:
    """Whether its time has passed; its last microsecond still belongs to it."""
    return expires_at is not None and at > expires_at


def refusal(credit: Offered, order: Order) -> str | None:
    """Why a credit cannot be spent on an order, as a slug; None where it can."""
    anothers = credit.credit_id in order.of_others and not credit.transferable
    hindrances = (
        ("voided", credit.voided),
        ("frozen", credit.frozen),
        ("expired", is_over(credit.expires_at, order.at)),
        ("other-currency", credit.currency != order.currency),
        ("not-for-this-product", credit.only_for == ANOTHER and order.kind in NO_LEARNING),
        ("same-course", credit.not_for is not None and credit.not_for == order.course_id),
        ("not-transferable", anothers),
        ("empty", credit.left <= 0),
    )
    return next((slug for slug, holds in hindrances if holds), None)


def spend(price: int, credits_: Iterable[Offered]) -> list[tuple[Offered, int]]:
    """How much of each credit pays a price: earliest end first, as listed where ends are equal;
    without an end last."""
    spent = []
    for credit in sorted(credits_, key=_end):
        part = min(price, credit.left)
        if part > 0:
            spent.append((credit, part))
            price -= part
    return spent


def left_of(balance: int, expired: Sequence[tuple[datetime, int]], end: datetime | None) -> int:
    """What can be spent of a credit by an order from before its `end`: also what was taken off it
    since that, because nobody had heard of the order. `expired` are (when, signed amount)."""
    if end is None:
        return balance
    return balance - sum(amount for at, amount in expired if at > end)


def _end(credit: Offered) -> date:
    return credit.expires_on or date.max
