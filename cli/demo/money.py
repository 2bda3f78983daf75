"""The money of the story: captured, refunded, booked, and what the two who cancel get."""

from __future__ import annotations

from collections import Counter
from typing import Any

from cli.demo import expected
from cli.demo.figure import Figure
from cli.demo.story import Told
from cli.demo.watched import Seen
from cli.demo.world import minor


def money(seen: Seen) -> list[Figure]:
    """What came in, went back and is owed, as the bills, the ledger and the gateway say it."""
    bills = seen.bills.values()
    captured = sum(minor(p["amount"]) for bill in bills for p in bill["payments"] if _done(p))
    refunded = sum(minor(r["amount"]) for bill in bills for r in bill["refunds"] if _done(r))
    outstanding = sum(minor(credit["balance"]) for bill in bills for credit in bill["credits"])
    ledger: Counter[str] = Counter()
    for bill in bills:
        for entry in bill["ledger"]:
            ledger[entry["account"]] += minor(entry)
    cash, wanted = ledger["cash:gateway"], expected.CAPTURED - expected.REFUNDED
    gateway = seen.totals
    return [
        Figure("captured", captured, expected.CAPTURED, _major),
        Figure("captured, says the gateway", gateway.get("captured"), expected.CAPTURED, _major),
        Figure("refunded", refunded, expected.REFUNDED, _major),
        Figure("refunded, says the gateway", gateway.get("refunded"), expected.REFUNDED, _major),
        Figure("credits outstanding", outstanding, expected.CREDITS, _major),
        Figure("ledger, sum of all entries", sum(ledger.values()), 0, _major),
        Figure("revenue earned", -ledger["revenue"], expected.EARNED, _major),
        Figure("cancellation fees", -ledger["fees"], expected.FEES, _major),
        Figure("cash at the gateway", cash, wanted, _major),
    ]


def cancelled(told: Told, seen: Seen) -> list[Figure]:
    """The two who cancel, in the order in which they did: what they saw, and what they got."""
    made = []
    both = sorted((p.cancels_at, p.number) for p in told.people if p.cancels_at)
    for (_, number), wanted in zip(both, (expected.EARLY, expected.LATE), strict=True):
        quote, outcome = told.quotes.get(number), seen.bills.get(number, {}).get("outcome")
        for name, decision in (("quote", quote), ("outcome", outcome)):
            what = f"{wanted['outcome']}, {name}"
            made.append(Figure(what, _decided(decision), wanted, _decision))
    return made


def _done(row: dict[str, Any]) -> bool:
    return row["status"] in ("succeeded", "captured", "paid")


def _decided(decision: dict[str, Any] | None) -> dict[str, Any] | None:
    if not decision:
        return None
    credit = decision.get("credit")
    return {
        "outcome": decision.get("outcome"),
        "fee": minor(decision.get("fee")),
        "refund": sum(minor(refund["amount"]) for refund in decision.get("refunds", [])),
        "credit": minor(credit["amount"]) if credit else 0,
        "expires_on": credit["expires_on"] if credit else None,
    }


def _major(amount: int) -> str:
    return f"{amount / 100:,.2f}"


def _decision(got: dict[str, Any]) -> str:
    parts = [f"{got['outcome']}:", f"{got['refund'] / 100:.2f} back, fee {got['fee'] / 100:.2f}"]
    if got["credit"] or got["expires_on"]:
        parts = [f"{got['outcome']}:", f"{got['credit'] / 100:.2f} until {got['expires_on']}"]
    return " ".join(parts)
