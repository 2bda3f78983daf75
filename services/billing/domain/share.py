"""What one registration owes of an invoice: its share (domain.md §2, §4).

An invoice may be for many registrations. Each is charged by lines of its own, and each share goes
its own way: it is paid, lowered or withdrawn while the others stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from shared.money import Money

CHARGES = ("course", "discount", "tax", "fee")  # as issued
CREDIT_NOTE = "credit_note"  # not asked for any more: by a decision, or it ended paid in part
WITHDRAWN = "withdrawn"  # not asked for any more: it ended before anything was paid
REINSTATED = "reinstated"  # asked for again: it was paid all the same
TRANSFER = "transfer"  # paid by what another registration brings, or paid here and moved away
ASKED = (*CHARGES, CREDIT_NOTE)  # these lines, and a transfer, add up to what is asked for
KINDS = (*CHARGES, CREDIT_NOTE, WITHDRAWN, REINSTATED, TRANSFER)

State = Literal["open", "paid", "void"]


@dataclass(frozen=True, slots=True)
class Share:
    """`charged` as issued, `noted` by credit notes, `withdrawn` now; `paid` by money and credit.

    `transferred` is what is to come from the registration that is moved here, until it is here; and
    what was paid here and moved away.
    """

    charged: int
    noted: int = 0
    withdrawn: int = 0
    paid: int = 0
    transferred: int = 0

    @property
    def asked(self) -> int:
        """What it asks for, or asked for until it was withdrawn."""
        return self.charged - self.noted - self.transferred

    @property
    def due(self) -> int:
        """What it still asks for."""
        return max(0, self.asked - self.withdrawn - self.paid)

    @property
    def state(self) -> State:
        """Void is what asks for nothing and was never paid."""
        if self.due:
            return "open"
        return "paid" if self.paid or (self.transferred and not self.withdrawn) else "void"


def share_of(lines: Iterable[tuple[str, int]], paid: int) -> Share:
    """The share that lines of (kind, signed amount) and what was paid on them make."""
    charged = noted = withdrawn = transferred = 0
    for kind, amount in lines:
        if kind == CREDIT_NOTE:
            noted -= amount
        elif kind in {WITHDRAWN, REINSTATED}:
            withdrawn -= amount
        elif kind == TRANSFER:
            transferred -= amount
        else:
            charged += amount
    return Share(charged, noted, withdrawn, paid, transferred)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a share has of a payment: what is due, and what was withdrawn but may come back."""

    due: int
    withdrawn: int = 0


def apply(amount: int, claims: Sequence[Claim], currency: str) -> list[int]:
    """How much of a payment each claim gets, in their order; the rest belongs to nobody.

    What is due comes first, too little of it pro rata by largest remainder. What is left takes up
    withdrawn shares again, each whole or not at all: nobody is half back.
    """
    whole = sum(claim.due for claim in claims)
    if amount < whole:
        shares = Money(amount, currency).allocate([claim.due for claim in claims])
        return [share.amount for share in shares]
    given, left = [claim.due for claim in claims], amount - whole
    for place, claim in enumerate(claims):
        if claim.withdrawn <= left:
            given[place] += claim.withdrawn
            left -= claim.withdrawn
    return given


def divide(amount: int, applied: Sequence[int]) -> list[int]:
    """The whole payment over the registrations, each the part that is booked with it.

    What nobody gets is with the first that gets nothing (whose payment came too late), else with
    the first of all; there it is given back.
    """
    parts = list(applied)
    places = [place for place, part in enumerate(applied) if not part]
    parts[places[0] if places else 0] += amount - sum(applied)
    return parts
