"""How each account came from its opening to its closing balance (domain.md §9a).

A transaction is taken apart into flows, from one account to another, in the order of its lines; a
flow is a movement of both, named by what kind of transaction it is and by where it goes. Amounts
are as people read them: what we owe or have earned is positive, and so is what is owed to us.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from services.billing.domain.ledger import (
    BANK,
    CASH,
    CREDITS,
    DEFERRED,
    DISPUTES,
    FEES,
    FORFEITED,
    LOSSES,
    RECEIVABLE,
    REFUNDS,
    REVENUE,
    TAX,
    TAX_FEES,
)

OPENING, CLOSING, OTHER = "opening", "closing", "other"
CORRECTION = "correction"
# Every kind of transaction there is; a test looks through the commands for others.
KINDS = frozenset((
    "invoice-issued", "invoice-in-full", "invoice-reinstated", "invoice-voided", "captured",
    "payment-not-due", "moved-in", "cancelled", "unseated", "transferred", "share_due", "reopened",
    "revenue-earned", "goodwill", "refund-settled", "refund-returned", "dashboard-refund",
    "credit-issued", "credit-goodwill", "credit-redeemed", "credit-released", "credit-restored",
    "credit-expired", "credit-unexpired", "credit-revoked", "dispute-opened", "dispute-won",
    "dispute-won-back", "dispute-lost", "dispute-reopened", "dispute-settled", "tax", "correction",
))  # fmt: skip
_OWED_TO_US = frozenset({RECEIVABLE, CASH, BANK, DISPUTES, LOSSES})
_INVOICES = {
    "invoice-issued": "invoiced",
    "invoice-in-full": "invoiced",
    "invoice-reinstated": "reinstated",
    "invoice-voided": "withdrawn",
}
_CREDITS = {
    "credit-redeemed": "redeemed",
    "credit-restored": "restored",
    "credit-released": "restored",
    "credit-expired": "expired",
    "credit-unexpired": "expired",
}
_FROM_DEFERRED = {
    REVENUE: "earned",
    REFUNDS: "refunded",
    CREDITS: "credited",
    FEES: "fees",
    FORFEITED: "forfeits",
    DISPUTES: "lost",
    LOSSES: "lost",
    TAX: "tax",
    TAX_FEES: "tax",
}
_OF_RECEIVABLE = {
    CASH: "paid",
    BANK: "paid",
    CREDITS: "redeemed",
    REFUNDS: "not_due",
    REVENUE: "credit_notes",
    FORFEITED: "credit_notes",
    FEES: "credit_notes",
}


class Place(NamedTuple):
    """Where an amount stands. `course_id` is empty but for deferred revenue."""

    currency: str
    account: str
    course_id: str
    movement: str


class Booked(NamedTuple):
    """A transaction: its lines are (account, signed minor units, currency)."""

    kind: str
    course_id: str
    lines: Sequence[tuple[str, int, str]]


Rows = list[tuple[Place, int]]


def flows(lines: Iterable[tuple[str, int]]) -> Iterator[tuple[str, str, int]]:
    """Balanced lines as flows (debited, credited, amount): the first takes of the first."""
    known = list(lines)
    credits_ = [(account, -amount) for account, amount in known if amount < 0]
    for debited, amount in known:
        left = amount
        while left > 0:
            credited, wanted = credits_.pop(0)
            part = min(left, wanted)
            left -= part
            if wanted > part:
                credits_.insert(0, (credited, wanted - part))
            yield debited, credited, part


def movement(kind: str, account: str, other: str, *, more: bool) -> str:
    """What a flow is to one of its accounts; `more` where it adds to it."""
    if kind == CORRECTION:
        return "corrected"
    if account == CREDITS:
        return _CREDITS.get(kind, "issued" if more else "voided")
    if account == DEFERRED:
        return _of_deferred(kind, other)
    if account == RECEIVABLE:
        return _of_receivable(kind, other)
    return "added" if more else "taken"


def _of_deferred(kind: str, other: str) -> str:
    if other == RECEIVABLE:
        return _INVOICES.get(kind, "credit_notes")
    if other in (CASH, BANK):
        return "moved" if kind == "transferred" else "refunded"
    return _FROM_DEFERRED.get(other, OTHER)


def _of_receivable(kind: str, other: str) -> str:
    if other == DEFERRED:
        return _INVOICES.get(kind, "credit_notes")
    return "moved" if kind == "moved-in" else _OF_RECEIVABLE.get(other, OTHER)


def moved(transactions: Iterable[Booked]) -> Counter[Place]:
    """What moved on each account, by movement."""
    sums: Counter[Place] = Counter()
    for kind, course_id, lines in transactions:
        for currency in dict.fromkeys(line[2] for line in lines):
            own = [(account, amount) for account, amount, in_ in lines if in_ == currency]
            for debited, credited, amount in flows(own):
                for account, other, change in (
                    (debited, credited, amount),
                    (credited, debited, -amount),
                ):
                    told = natural(account, change)
                    name = movement(kind, account, other, more=told > 0)
                    course = course_id if account == DEFERRED else ""
                    sums[Place(currency, account, course, name)] += told
    return sums


def closings(openings: Mapping[Place, int], movements: Mapping[Place, int]) -> Counter[Place]:
    """The balances that stand after these movements, as the next openings."""
    sums: Counter[Place] = Counter(openings)
    for place, amount in movements.items():
        sums[place._replace(movement=OPENING)] += amount
    return Counter({place: amount for place, amount in sums.items() if amount})


def roll_forward(openings: Mapping[Place, int], movements: Mapping[Place, int]) -> Rows:
    """All that is to be told of a month, in order; what is zero is left out."""
    closing = closings(openings, movements)
    rows = {
        **openings,
        **movements,
        **{place._replace(movement=CLOSING): amount for place, amount in closing.items()},
    }
    return sorted((place, amount) for place, amount in rows.items() if amount)


def openings_after(rows: Iterable[tuple[Place, int]]) -> dict[Place, int]:
    """What the month after begins with."""
    return {
        place._replace(movement=OPENING): amount
        for place, amount in rows
        if place.movement == CLOSING
    }


def digest(month: str, ends_at: str, before: str, rows: Rows) -> str:
    """The hash of a closed month, chained to the one `before` it."""
    told = [month, ends_at, before, [[*place, amount] for place, amount in rows]]
    text = json.dumps(told, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def natural(account: str, amount: int) -> int:
    """A signed ledger amount as people read it; and back."""
    return amount if account in _OWED_TO_US else -amount
