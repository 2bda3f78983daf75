"""The fee of a window: fixed, per cent, per kind of product, or none (interfaces.md §10)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from services.billing.domain.decision import PolicyUndefined
from shared.money import Money


def fee_of(fee: Any, kind: str, paid: Money) -> tuple[int, str]:
    """The fee in minor units, at most what was paid, and how it came about."""
    asked, why = _asked(_for_kind(fee, kind), paid)
    if asked > paid.amount:
        return paid.amount, f"{why}, at most what was paid: {paid}"
    return asked, why


def check_kind(windows: Any, kind: str) -> None:
    """A fee per kind that does not name this kind is a hole, whichever window the request hits."""
    for window in windows:
        _for_kind(window.get("fee"), kind)


def names_kind(fee: Any, kind: str) -> bool:
    """Whether the fee says anything of that kind of product."""
    return not _by_kind(fee) or kind in fee


def _by_kind(fee: Any) -> bool:
    return isinstance(fee, Mapping) and "percent" not in fee


def _for_kind(fee: Any, kind: str) -> Any:
    if not _by_kind(fee):
        return fee
    if kind not in fee:
        raise PolicyUndefined(f"The policy names no fee for the kind {kind!r}.", product_kind=kind)
    return fee[kind]


def _asked(fee: Any, paid: Money) -> tuple[int, str]:
    if fee is None:
        return 0, "no fee"
    if isinstance(fee, Mapping):
        rate = Decimal(str(fee["percent"]))
        return paid.percent(rate).amount, f"{rate:f} per cent of {paid}"
    return int(fee), f"{Money(int(fee), paid.currency)}"
