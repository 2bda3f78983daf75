"""Tax that is within a price: what the page shows is what is paid (domain.md §2 stays as it is)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from services.billing.domain.ledger import (
    DEFERRED,
    FEES,
    FORFEITED,
    REVENUE,
    TAX,
    TAX_FEES,
    Lines,
    balanced,
)

NONE = Decimal(0)


@dataclass(frozen=True, slots=True)
class Tax:
    """As it was agreed at purchase: the rate of the place, and that of a cancellation fee."""

    percent: Decimal
    label: str = "Tax"
    place: str = ""
    fee_percent: Decimal = NONE

    @classmethod
    def of(cls, kept: Mapping[str, Any] | None) -> Tax | None:
        """From the snapshot; None where the course has no tax."""
        if kept is None:
            return None
        return cls(
            percent=Decimal(str(kept["percent"])),
            label=str(kept.get("label") or "Tax"),
            place=str(kept.get("place") or ""),
            fee_percent=Decimal(str(kept.get("fee_percent") or 0)),
        )

    @property
    def words(self) -> str:
        """`VAT 19 % (DE)`."""
        place = f" ({self.place})" if self.place else ""
        return f"{self.label} {self.percent.normalize():f}%{place}"

    def of_price(self, gross: int) -> int:
        """What of a price is tax."""
        return included(gross, self.percent)

    def of_fee(self, gross: int) -> int:
        """What of a cancellation fee is tax."""
        return included(gross, self.fee_percent)


def included(gross: int, percent: Decimal) -> int:
    """The tax within an amount, half up to the minor unit."""
    numerator, denominator = percent.as_integer_ratio()
    whole = 100 * denominator + numerator
    half_up = (abs(gross) * numerator * 2 + whole) // (2 * whole)
    return -half_up if gross < 0 else half_up


def tax_lines(on: Mapping[str, int], tax: Tax) -> Lines:
    """What makes the tax accounts hold the tax of what is kept, and no more: of a price (deferred,
    earned or forfeited) and of a fee. `on` are the balances, account by account."""
    price = -sum(on.get(account, 0) for account in (DEFERRED, REVENUE, FORFEITED, TAX))
    fees = -sum(on.get(account, 0) for account in (FEES, TAX_FEES))
    more = tax.of_price(price) + on.get(TAX, 0)
    fees_more = tax.of_fee(fees) + on.get(TAX_FEES, 0)
    return balanced(
        [
            (TAX, -more),
            *_from(on, more),
            (TAX_FEES, -fees_more),
            (FEES, fees_more),
        ]
    )


def _from(on: Mapping[str, int], more: int) -> list[tuple[str, int]]:
    """Where the tax of a price is taken from, or goes back to: what is deferred, as far as that
    goes, for all was deferred once, tax and all; else what became of it."""
    deferred = on.get(DEFERRED, 0)
    rest = deferred + more
    over = FORFEITED in on or (REVENUE in on and deferred == 0)  # nothing is deferred any more
    if rest <= 0 and (deferred < 0 or not over):
        return [(DEFERRED, more)]
    if rest < 0:
        return [(DEFERRED, -deferred), (FORFEITED if FORFEITED in on else REVENUE, rest)]
    forfeited = min(rest, max(0, -on.get(FORFEITED, 0)))
    return [(DEFERRED, -deferred), (FORFEITED, forfeited), (REVENUE, rest - forfeited)]
