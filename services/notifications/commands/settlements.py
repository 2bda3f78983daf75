"""What is read of the settlements that a registration knows of: of its end, or of a session's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.dates import parse_instant


def told_settlements(facts: Mapping[str, Any]) -> dict[str, str]:
    """Those that somebody is told of, and when they were decided."""
    return {key: one["settled_at"] for key, one in _all(facts).items() if _tells_something(one)}


def owes(facts: Mapping[str, Any]) -> bool:
    """Whether an end left an invoice to be paid."""
    return any(one["still_due"] and one["cause"] != "share_due" for one in _all(facts).values())


def credits_told(facts: Mapping[str, Any]) -> frozenset[str]:
    """The credits that a settlement named."""
    return frozenset(one["credit"]["credit_id"] for one in _all(facts).values() if one["credit"])


def gave_nothing_at(facts: Mapping[str, Any]) -> datetime | None:
    """When a cancellation that gave nothing back was asked for; None where there was none."""
    settled = _all(facts).get("cancelled", {})
    return parse_instant(settled["requested_at"]) if settled.get("outcome") == "nothing" else None


def _all(facts: Mapping[str, Any]) -> dict[str, Any]:
    return dict(facts.get("settlements", {}))


def _tells_something(settled: dict[str, Any]) -> bool:
    """Of a cancelled course all are told; where no money comes of it, that was all there is."""
    if settled["by"] != "provider":
        return True
    credit = [settled["credit"]] if settled["credit"] else []
    given = [*settled["refunds"], *settled["restored"], *credit]
    return bool(settled["still_due"]) or any(part["amount"]["amount"] for part in given)
