"""Checks of a policy as a whole: order, ends, holes, and never more cash for a later request.

Windows follow one another, so a gap between two can only be a missing end, or a kind of product
that one of them does not name (domain.md §2).
"""

from __future__ import annotations

from decimal import Decimal
from itertools import combinations, pairwise

from shared.contracts.policy_model import Fee, Policy, Until, Window
from shared.errors import fault
from shared.money import Money

_DAY = 24
_SAMPLES = (100, 2_500, 10_000, 19_900, 10**8, 10**12)


def order(windows: tuple[Window, ...], at: str) -> list[dict[str, str]]:
    """Each window ends later than the one before; the last one never ends."""
    found = []
    for place, (earlier, later) in enumerate(pairwise(windows), start=2):
        where = f"{at}/{place - 1}/until"
        if earlier.until.unit == "forever":
            found.append(
                fault(where, f"Window {place} is never reached: window {place - 1} never ends.")
            )
        elif _same(earlier.until, later.until):
            found.append(
                fault(where, f"Window {place} ends when window {place - 1} does: never reached.")
            )
        elif not _may_follow(earlier.until, later.until):
            found.append(
                fault(where, f"Window {place} ends before window {place - 1} does: wrong order.")
            )
    if windows and windows[-1].until.unit != "forever":
        detail = f"Nothing is said after window {len(windows)}; end with until: forever."
        found.append(fault(at, detail))
    return found


def cash(windows: tuple[Window, ...], at: str, paid: int | None = None) -> list[dict[str, str]]:
    """No window gives more cash than an earlier one, for any kind of product.

    Checked for that amount `paid` (minor units), or, where it is None, for every amount.
    """
    kinds = sorted({kind for window in windows for kind in window.fees or ()}) or [""]
    found = []
    for (early, earlier), (late, later) in combinations(enumerate(windows, start=1), 2):
        for kind in kinds:
            proof = _more_later(earlier, later, kind, paid)
            if proof is None:
                continue
            who = f" for {kind}" if kind and (earlier.fees or later.fees) else ""
            detail = (
                f"Window {late} would give more cash than window {early}{who}: of {proof} paid, "
                f"{_given(later, kind, proof)} and {_given(earlier, kind, proof)} (minor units)."
            )
            found.append(fault(f"{at}/{late - 1}", detail))
            break
    return found


def holes(policy: Policy, kind: str, delivery: str, at: str = "") -> list[dict[str, str]]:
    """What the policy leaves undefined for that kind of product and delivery."""
    found = []
    if delivery not in policy.deliveries:
        covered = ", ".join(policy.deliveries)
        detail = f"The policy covers {covered}; it has a hole for {delivery}."
        found.append(fault(f"{at}/deliveries", detail))
    for place, window in enumerate(policy.windows):
        if window.fee_for(kind) is None:
            named = ", ".join(sorted(window.fees or ()))
            detail = f"Window {place + 1} names {named}; it has a hole for {kind}."
            found.append(fault(f"{at}/windows/{place}/fee", detail))
    return found


def taken(fee: Fee, paid: int) -> int:
    """The fee in minor units: at most what was paid."""
    if fee.percent is None:
        return min(fee.fixed, paid)
    return Money(paid, "USD").percent(fee.percent).amount


def _given(window: Window, kind: str, paid: int) -> int:
    fee = window.fee_for(kind)
    return paid - taken(fee, paid) if window.outcome == "refund" and fee is not None else 0


def _more_later(earlier: Window, later: Window, kind: str, paid: int | None) -> int | None:
    """An amount paid for which the later window gives more cash, or None.

    Two fees differ most where the fixed one is just used up, or far out; these are tried.
    """
    if later.outcome != "refund" or None in {earlier.fee_for(kind), later.fee_for(kind)}:
        return None
    fixed = [fee.fixed for fee in (earlier.fee_for(kind), later.fee_for(kind)) if fee]
    tried = {*_SAMPLES, *fixed, *(amount + 10_000 for amount in fixed), 10**15}
    return next(
        (
            amount
            for amount in (sorted(tried) if paid is None else [paid])
            if _given(later, kind, amount) > _given(earlier, kind, amount)
        ),
        None,
    )


def _same(one: Until, other: Until) -> bool:
    return one == other or (one.at_start and other.at_start)


def _may_follow(earlier: Until, later: Until) -> bool:
    """Whether the end of `later` can come after that of `earlier`, on some calendar."""
    if later.unit == "forever":
        return True
    if earlier.unit == later.unit and earlier.unit != "start":
        return _steps(later) < _steps(earlier)
    return _before(later)[0] < _before(earlier)[1]


def _steps(until: Until) -> Decimal:
    return Decimal(until.count) + (Decimal(0) if until.inclusive else Decimal("0.5"))


def _before(until: Until) -> tuple[int, int]:
    """The least and the most hours before the start at which it can end."""
    if until.at_start or until.unit == "start":
        return (0, 0)
    if until.unit == "hours":
        return (until.count, until.count)
    days = until.count + (0 if until.inclusive else 1)
    if until.unit == "days":
        return ((days - 1) * _DAY - 1, days * _DAY + 1)
    return ((days - 1) * _DAY - 1, 10**6)
