"""One session of several cancelled: the learner's share of what was paid (domain.md §2)."""

from __future__ import annotations

from collections.abc import Sequence

from services.billing.domain.allocation import bearing_order
from services.billing.domain.decision import Paid
from shared.money import Money


def share_back(
    paid: Sequence[Paid], minutes: Sequence[int], place: int, currency: str
) -> list[int]:
    """How much of each part goes back for the session at `place`, in the order of `paid`.

    Paid × its minutes ÷ all minutes, the shares of all sessions exact in sum; the tenders pro rata.
    """
    total = Money(sum(part.amount for part in paid), currency)
    share = total.allocate(minutes)[place]
    order = bearing_order(paid, credits_first=True)
    back = [0] * len(paid)
    parts = share.allocate([paid[at].amount for at in order])
    for at, part in zip(order, parts, strict=True):
        back[at] = part.amount
    return back
