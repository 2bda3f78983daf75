"""Who bears the fee when several tenders paid (domain.md §2 "Money paid in several ways").

Several credits bear it earliest expiry first; money parts in the order listed. In pro rata the
remainders decide, and a tie goes against the earliest-expiring credit, then in the order listed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from services.billing.domain.decision import CREDIT, Paid
from shared.money import Money


def bear(fee: int, paid: Sequence[Paid], way: str, currency: str) -> list[int]:
    """How much of the fee each part bears, in the order of `paid`; exact in sum."""
    order = bearing_order(paid, credits_first=way != "card_first")
    weights = [paid[place].amount for place in order]
    if way == "pro_rata":
        shares = [share.amount for share in Money(fee, currency).allocate(weights)]
    else:
        shares = _one_after_the_other(fee, weights)
    borne = [0] * len(paid)
    for place, share in zip(order, shares, strict=True):
        borne[place] = share
    return borne


def bearing_order(paid: Sequence[Paid], *, credits_first: bool) -> list[int]:
    """Places in `paid`: credits earliest expiry first, money as listed."""
    spent = sorted(
        (place for place, part in enumerate(paid) if part.tender == CREDIT),
        key=lambda place: (paid[place].credit_expires_on or date.max, place),
    )
    money = [place for place, part in enumerate(paid) if part.tender != CREDIT]
    return spent + money if credits_first else money + spent


def _one_after_the_other(fee: int, amounts: Sequence[int]) -> list[int]:
    shares = []
    for amount in amounts:
        shares.append(min(fee, amount))
        fee -= shares[-1]
    return shares
