"""What my registration's page makes of what the owners say: standing, never a decision."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

CANCELLABLE = ("requested", "waitlisted", "offered", "confirmed")
Standing = Literal["cancelled", "coming", "open", "over", "not-going"]


def standing(
    starts_at: datetime,
    ends_at: datetime,
    opens_minutes_before: int,
    now: datetime,
    *,
    going: bool,
    cancelled: bool,
) -> Standing:
    """Where a session stands for one person: may they join, not yet, or no more."""
    if cancelled:
        return "cancelled"
    if now >= ends_at:
        return "over"
    if not going:
        return "not-going"
    return "open" if now >= starts_at - timedelta(minutes=opens_minutes_before) else "coming"


def is_paid(money: Mapping[str, Any]) -> bool:
    """Whether billing has seen the money."""
    invoice = money.get("invoice")
    return isinstance(invoice, Mapping) and invoice.get("status") == "paid"
