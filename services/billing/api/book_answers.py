"""A month of the books as clients see it. Amounts are minor units of the currency they stand in."""

from __future__ import annotations

from collections import Counter
from typing import Any

from pydantic import BaseModel

from services.billing.commands.month_books import Books
from services.billing.domain.ledger import (
    BREAKAGE,
    CREDITS,
    DEFERRED,
    FEES,
    FORFEITED,
    RECEIVABLE,
)
from services.billing.domain.rollforward import CLOSING, OPENING, Rows
from shared.dates import rfc3339


class AccountBody(BaseModel):
    """Opening plus movements is closing. What we owe or have earned is positive."""

    account: str
    opening: int
    movements: dict[str, int]
    closing: int


class CourseBody(AccountBody):
    """Deferred revenue of one course."""

    course_id: str


class CurrencyBody(BaseModel):
    """All that stands in one currency; `accounts` are all of them, those named apart included."""

    currency: str
    credit_liability: AccountBody
    deferred_revenue: AccountBody
    deferred_by_course: list[CourseBody]
    receivable: AccountBody
    breakage: AccountBody
    forfeits: AccountBody
    fees: AccountBody
    accounts: list[AccountBody]


class MonthBody(BaseModel):
    """`sha256` is of a closed month's lines, chained to the month that was closed before it."""

    month: str
    zone: str
    starts_at: str
    ends_at: str
    status: str
    closed_at: str | None
    closed_by: str | None
    sha256: str | None
    currencies: list[CurrencyBody]


def month_body(books: Books) -> dict[str, Any]:
    """A month, open or closed."""
    closed = books.closed
    return {
        "month": books.month.name,
        "zone": books.month.zone,
        "starts_at": rfc3339(books.month.starts_at),
        "ends_at": rfc3339(books.month.ends_at),
        "status": "closed" if closed else "open",
        "closed_at": rfc3339(closed.closed_at) if closed else None,
        "closed_by": closed.closed_by if closed else None,
        "sha256": closed.sha256 if closed else None,
        "currencies": [
            _currency(currency, [row for row in books.rows if row[0].currency == currency])
            for currency in sorted({place.currency for place, _ in books.rows})
        ],
    }


def _currency(currency: str, rows: Rows) -> dict[str, Any]:
    names = sorted({place.account for place, _ in rows})
    courses = sorted({place.course_id for place, _ in rows if place.account == DEFERRED})
    by_course = [
        {"course_id": course, **_account(DEFERRED, [r for r in rows if r[0].course_id == course])}
        for course in courses
    ]
    return {
        "currency": currency,
        "credit_liability": _account(CREDITS, rows),
        "deferred_revenue": _account(DEFERRED, rows),
        "deferred_by_course": by_course,
        "receivable": _account(RECEIVABLE, rows),
        "breakage": _account(BREAKAGE, rows),
        "forfeits": _account(FORFEITED, rows),
        "fees": _account(FEES, rows),
        "accounts": [_account(name, rows) for name in names],
    }


def _account(account: str, rows: Rows) -> dict[str, Any]:
    """An account, of all courses together."""
    sums: Counter[str] = Counter()
    for place, amount in rows:
        if place.account == account:
            sums[place.movement] += amount
    opening, closing = sums.pop(OPENING, 0), sums.pop(CLOSING, 0)
    movements = {name: amount for name, amount in sorted(sums.items()) if amount}
    return {"account": account, "opening": opening, "movements": movements, "closing": closing}
