"""One invoice as staff pay it: of all registrations that it is for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.money import Money


@dataclass(frozen=True, slots=True)
class Invoiced:
    """`number` is empty where there is no such invoice; `registrations` are their ids."""

    invoice_id: str
    number: str
    organisation: str
    due: Money
    to_pay: Money
    due_at: str
    registrations: tuple[str, ...]


def invoiced_in(lines: Iterable[Mapping[str, Any]], invoice_id: str) -> Invoiced:
    """From billing's lines, of which each is a registration's share."""
    ours = [one for one in lines if one.get("invoice_id") == invoice_id]
    if not ours:
        nothing = Money(0, "USD")
        return Invoiced(invoice_id, "", "", nothing, nothing, "", ())
    currency = str(ours[0]["due"]["currency"])
    return Invoiced(
        invoice_id,
        str(ours[0]["number"]),
        str(ours[0].get("organisation") or ""),
        Money(sum(one["due"]["amount"] for one in ours), currency),
        Money(sum(one["to_pay"]["amount"] for one in ours), currency),
        str(ours[0].get("due_at") or "")[:10],
        tuple(str(one["registration_id"]) for one in ours),
    )
