"""What of a course is due to the body that jointly sponsors it (domain.md §9a).

The sum of what was agreed: a percentage of what was earned or of what came in, and amounts a head.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from shared.money import Money


@dataclass(frozen=True, slots=True)
class Turnover:
    """Money of one course in one currency, in minor units.

    `collected` is money that came in for it, that of who moved here included and of who moved away
    not; `refunded` is what went back. `redeemed` was paid by credits, which came in elsewhere,
    less what went back to them.
    `earned` is the revenue of sessions held.
    """

    currency: str
    collected: int = 0
    refunded: int = 0
    redeemed: int = 0
    earned: int = 0


@dataclass(frozen=True, slots=True)
class Due:
    """A part of the share: `count` people or certificates, or `percent` of an amount."""

    what: str
    amount: Money
    count: int | None = None
    percent: str | None = None
    of: Money | None = None


def share_due(
    share: Mapping[str, Any], turnover: Turnover, attendees: int, certificates: int
) -> list[Due]:
    """The parts of the share in that currency; `share` is `SponsorShare` of the contracts."""
    currency, parts = turnover.currency, []
    percent = Decimal(str(share.get("percent") or 0))
    if percent:
        earned = share.get("of", "earned") == "earned"
        base = turnover.earned if earned else turnover.collected - turnover.refunded
        of = Money(base, currency)
        what = "percent_of_earned" if earned else "percent_of_collected"
        parts.append(Due(what, of.percent(percent), percent=f"{percent.normalize():f}", of=of))
    for what, count in (("per_attendee", attendees), ("per_certificate", certificates)):
        each = share.get(what)
        if each and each["currency"] == currency:
            parts.append(Due(what, Money(int(each["amount"]) * count, currency), count=count))
    return parts
