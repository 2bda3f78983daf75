"""Credit notes: what was charged and is kept no longer, whatever became of it instead.

They follow from the ledger alone. Invoices less credit notes are what is kept: so it does not
matter which decision it was, nor how often it was decided again. Money that a bank took back is
lost and not given, and what was withdrawn before it was owed was never charged.
"""

from __future__ import annotations

from collections import Counter as Sums
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from services.billing.domain.ledger import (
    BANK,
    CASH,
    CREDITS,
    DEFERRED,
    FEES,
    FORFEITED,
    RECEIVABLE,
    REFUNDS,
    REVENUE,
    TAX,
    TAX_FEES,
    Lines,
)
from services.billing.domain.tax import Tax

KEPT = frozenset({DEFERRED, REVENUE, FORFEITED, FEES, TAX, TAX_FEES})
_WAYS = {
    REFUNDS: "refund",
    CREDITS: "credit",
    RECEIVABLE: "not_due",
    CASH: "refund",
    BANK: "refund",
}
_NEVER = ("invoice-", "revenue-", "tax", "dispute", "correction")


@dataclass(frozen=True, slots=True)
class Note:
    """One credit note: its tax is within the amount; `given` says what became of it."""

    amount: int
    tax: int
    given: Mapping[str, int]


def counts(kind: str) -> bool:
    """Whether transactions of that kind can be the reason of a credit note."""
    return not kind.startswith(_NEVER)


def kept_less(kind: str, lines: Lines) -> bool:
    """Whether less is kept by this transaction than was charged before."""
    return counts(kind) and sum(amount for account, amount in lines if account in KEPT) > 0


def given_back(booked: Iterable[tuple[str, str, str, int]]) -> dict[str, int]:
    """What is kept no longer, by what became of it, of all entries: (transaction, kind, account,
    amount). Only transactions count by which something kept goes, or comes back."""
    known = list(booked)
    moving = {transaction for transaction, _, account, _ in known if account in KEPT}
    ways: Sums[str] = Sums()
    for transaction, kind, account, amount in known:
        if transaction in moving and counts(kind) and account in _WAYS:
            way = "moved" if kind == "transferred" and account in {CASH, BANK} else _WAYS[account]
            ways[way] -= amount
    return dict(ways)


def next_note(
    charged: int, given: Mapping[str, int], fees: int, before: Iterable[Note], tax: Tax | None
) -> Note | None:
    """What is to be noted beyond the notes of before; None where that is nothing.

    `charged` is what the invoice asks of this registration, `fees` what of it is kept as a fee,
    which has a tax of its own.
    """
    known = list(before)
    amount = sum(given.values()) - sum(note.amount for note in known)
    if amount <= 0:
        return None
    ways = {way: total - sum(n.given.get(way, 0) for n in known) for way, total in given.items()}
    return Note(
        amount=amount,
        tax=_tax(charged, sum(given.values()), fees, known, tax),
        given={way: part for way, part in ways.items() if part},
    )


def _tax(charged: int, given: int, fees: int, before: list[Note], tax: Tax | None) -> int:
    """The tax of all that was charged, less that of what is left and of the notes of before."""
    if tax is None:
        return 0
    left = max(0, charged - given - fees)
    gone = tax.of_price(charged) - tax.of_price(left) - tax.of_fee(fees)
    return gone - sum(note.tax for note in before)
