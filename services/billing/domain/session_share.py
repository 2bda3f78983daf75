"""One session of several cancelled: the learner's share of what was paid (domain.md §2)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from services.billing.domain.allocation import bearing_order
from services.billing.domain.decision import CREDIT, Decision, Paid, Restored, Returned, Step
from services.billing.domain.standing import DUE
from shared.money import Money


def share_back(
    paid: Sequence[Paid],
    minutes: Sequence[int],
    place: int,
    currency: str,
    *,
    due: int = 0,
    noted: int = 0,
) -> tuple[int, list[int]]:
    """What is not asked for any more for the session at `place`, and what of each part goes back.

    Its minutes ÷ all minutes of what was paid, is still `due`, or was `noted` as not due for other
    sessions; the shares of all sessions exact in sum. What is due is lowered first: nobody gets
    money back who owes some. The tenders then bear the rest pro rata, in the order of `paid`.
    """
    total = Money(sum(part.amount for part in paid) + due + noted, currency)
    share = total.allocate(minutes)[place].amount
    lowered = min(share, due)
    back = [0] * len(paid)
    order = bearing_order(paid, credits_first=True)
    parts = Money(share - lowered, currency).allocate([paid[at].amount for at in order])
    for at, part in zip(order, parts, strict=True):
        back[at] = part.amount
    return lowered, back


def everything_back(parts: Iterable[Paid], why: Step) -> Decision:
    """All of these parts, to where they came from, without a fee; an invoice asks for less."""
    given = [part for part in parts if part.amount]
    return Decision(
        "refund",
        0,
        tuple(Returned(p.tender, p.amount, p.ref) for p in given if p.tender != CREDIT),
        tuple(Restored(p.amount, p.credit_expires_on, p.ref) for p in given if p.tender == CREDIT),
        None,
        (why,),
    )


def due_part(amount: int) -> list[Paid]:
    """What an invoice asks less for, as a part beside what was paid."""
    return [Paid(DUE, amount)] if amount else []
