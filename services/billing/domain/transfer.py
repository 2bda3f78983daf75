"""What a registration that is moved to another course takes along (domain.md §4 "Transfer").

Under the old course's window, judged at the receipt of the request. Early: the whole value, with
its tenders and without a fee; what the other course does not cost goes back to them. Late: what
cancelling gives, a credit, is spent on the other course, and the rest stays credit. What was paid
by credit goes back to that credit, with its own end, and is spent from there; so nothing becomes
cash that was credit, and no end moves.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from services.billing.domain.allocation import bear
from services.billing.domain.decision import (
    CREDIT,
    Decision,
    NewCredit,
    Outcome,
    Paid,
    Restored,
    Returned,
    Step,
    figure,
)
from services.billing.domain.newer import Ruling
from services.billing.domain.standing import Standing
from services.billing.domain.worth import ruled_value
from shared.money import Money

NEW = "new"  # the ref of the credit that is only now to be issued


@dataclass(frozen=True, slots=True)
class Moved:
    """What a registration is worth when it is moved, and what becomes of that.

    `value` is all of it, as if nothing had been spent again. Of that `used` goes to the other
    registration, part by part; `refunds`, `restored` and `credit` are left over, and `to_pay` is
    what the other course still asks for. `policy` is the document that ruled.
    """

    value: Decision
    used: tuple[Paid, ...]
    refunds: tuple[Returned, ...]
    restored: tuple[Restored, ...]
    credit: NewCredit | None
    to_pay: int
    trace: tuple[Step, ...]
    policy: Mapping[str, Any]

    @property
    def money_used(self) -> int:
        """What moves as money."""
        return sum(part.amount for part in self.used if part.tender != CREDIT)


def move_value(
    standing: Standing,
    requested_at: datetime,
    price: int,
    *,
    unusable: Collection[str] = (),
    new_unusable: bool = False,
    by_provider: bool = False,
    choice: str | None = None,
    override: Outcome | None = None,
) -> Moved:
    """What moving at `requested_at` to a course that asks for `price` comes to.

    `unusable` are credits that were spent and cannot be spent there: over by now, or not good for
    that course; `new_unusable` says the same of a credit that is only now issued. `choice` is
    between the policy that was bought and a newer one, as for a cancellation, `override` a staff
    member's word. Raises PolicyUndefined where the policy has a hole.
    """
    ruled = ruled_value(standing, requested_at, choice, override, by_provider=by_provider)
    value = ruled.decision
    money = [Paid(part.tender, part.amount, None, part.ref) for part in value.refunds]
    old = [Paid(CREDIT, part.amount, part.expires_on, part.ref) for part in value.restored]
    new = [Paid(CREDIT, value.credit.amount, value.credit.expires_on, NEW)] if value.credit else []
    usable = [part for part in old if part.ref not in unusable]
    parts = [*money, *usable, *([] if new_unusable else new)]
    used = _spend(parts, price, _way(ruled), standing.currency)
    taken = {(part.tender == CREDIT, part.ref): part.amount for part in used}
    total = sum(part.amount for part in used)

    def left(part: Returned | Restored, *, credit: bool) -> int:
        return part.amount - taken.get((credit, part.ref), 0)

    refunds = tuple(
        Returned(part.tender, left(part, credit=False), part.ref)
        for part in value.refunds
        if left(part, credit=False)
    )
    restored = tuple(
        Restored(left(part, credit=True), part.expires_on, part.ref)
        for part in value.restored
        if left(part, credit=True)
    )
    rest = value.credit.amount - taken.get((True, NEW), 0) if value.credit else 0
    credit = replace(value.credit, amount=rest) if value.credit and rest else None
    steps = _steps(standing.currency, total, price, refunds, credit)
    trace = (*value.trace, *steps)
    return Moved(value, used, refunds, restored, credit, price - total, trace, ruled.policy)


def _way(ruled: Ruling) -> str:
    """Money and credit are used as the policy has a fee borne; credits alone by their ends."""
    if ruled.decision.outcome != "refund":
        return "credit_first"
    return str(ruled.policy.get("allocation") or "credit_first")


def _spend(parts: list[Paid], price: int, way: str, currency: str) -> tuple[Paid, ...]:
    needed = min(price, sum(part.amount for part in parts))
    amounts = bear(needed, parts, way, currency)
    return tuple(
        Paid(part.tender, amount, part.credit_expires_on, part.ref)
        for part, amount in zip(parts, amounts, strict=True)
        if amount
    )


def _steps(
    currency: str, total: int, price: int, refunds: Iterable[Returned], credit: NewCredit | None
) -> list[Step]:
    of_it = f"{Money(total, currency)} of it pays for the other course."
    said = [Step("moved", of_it, {"amount": figure(total, currency)})]
    back = sum(part.amount for part in refunds)
    if back:
        goes = f"{Money(back, currency)} goes back to where it came from."
        said.append(Step("surplus", goes, {"amount": figure(back, currency), "as": "money"}))
    if credit:
        stays = f"{Money(credit.amount, currency)} stays a credit."
        said.append(
            Step("surplus", stays, {"amount": figure(credit.amount, currency), "as": "credit"})
        )
    if price > total:
        left = Money(price - total, currency)
        asks = f"The other course still asks for {left}."
        said.append(Step("to-pay", asks, {"amount": figure(price - total, currency)}))
    return said
