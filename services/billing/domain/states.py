"""The state machines of money. An event that comes late, early or twice leaves a state alone."""

from __future__ import annotations

from collections.abc import Mapping

INVOICE: Mapping[str, frozenset[str]] = {  # a registration's share of one
    "open": frozenset({"paid", "void"}),
    "void": frozenset({"paid"}),  # paid after its hold ended: registration answers what follows
    "paid": frozenset(),
}
REFUND: Mapping[str, frozenset[str]] = {
    "requested": frozenset({"submitted", "succeeded", "failed", "unknown"}),
    "submitted": frozenset({"succeeded", "failed", "unknown"}),
    "unknown": frozenset({"submitted", "succeeded", "failed"}),
    "succeeded": frozenset({"failed"}),  # a bank can still send it back days later
    "failed": frozenset(),
}
DISPUTE: Mapping[str, frozenset[str]] = {  # heard of for the first time, it is opened in any case
    "open": frozenset({"won", "lost"}),
    "won": frozenset({"lost"}),  # banks change their minds, both ways
    "lost": frozenset({"won"}),
}
PENDING = frozenset({"requested", "submitted", "unknown"})
COUNTED = PENDING | {"succeeded"}  # refunds that lower what is left of a payment


def may(machine: Mapping[str, frozenset[str]], state: str, to: str) -> bool:
    """Whether `state` goes to `to`; otherwise it stays."""
    return to in machine[state]
