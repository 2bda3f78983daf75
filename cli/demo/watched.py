"""What came out, as people outside see it; compared with what must."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from cli.demo import expected
from cli.demo.learners import Learner
from cli.demo.story import HOURS_2, STARTS, Told
from cli.demo.world import COURSE, World, minor

T = TypeVar("T")
AT_ONCE = 8


@dataclass(frozen=True)
class Figure:
    """One figure of the story: what it is, what came out, what must."""

    what: str
    got: Any
    wanted: Any

    @property
    def right(self) -> bool:
        """Whether it is as the story says."""
        return bool(self.got == self.wanted)


@dataclass
class Seen:
    """Everything that was looked up."""

    states: Counter[str] = field(default_factory=Counter)
    bills: dict[int, Any] = field(default_factory=dict)
    awards: dict[int, Any] = field(default_factory=dict)
    messages: Counter[str] = field(default_factory=Counter)
    unsent: Counter[str] = field(default_factory=Counter)
    totals: dict[str, Any] = field(default_factory=dict)
    last_certificate: datetime | None = None


async def look(world: World, told: Told) -> Seen:
    """Ask every service about every registration."""
    seen = Seen()

    async def one(person: Learner) -> None:
        registration = told.registrations[person.number]
        state, bill, awards, messages = [
            await world.operator("GET", path)
            for path in (
                f"/registration/v1/registrations/{registration}",
                f"/billing/v1/registrations/{registration}",
                f"/certificates/v1/registrations/{registration}",
                f"/notifications/v1/registrations/{registration}/messages",
            )
        ]
        seen.states[state["status"]] += 1
        seen.bills[person.number] = bill
        seen.awards[person.number] = awards
        for message in messages["items"]:
            counted = seen.messages if message["status"] == "sent" else seen.unsent
            counted[message["template"]] += 1

    await in_groups([one(person) for person in told.people])
    seen.totals = await world.call("GET", "/paysim/v1/totals", world.gateway_key)
    issued = [
        datetime.fromisoformat(c["issued_at"])
        for awards in seen.awards.values()
        for c in awards["certificates"]
    ]
    seen.last_certificate = max(issued, default=None)
    return seen


async def in_groups(asks: list[Coroutine[Any, Any, T]]) -> list[T]:
    """A few at a time."""
    found: list[T] = []
    for first in range(0, len(asks), AT_ONCE):
        found += await asyncio.gather(*asks[first : first + AT_ONCE])
    return found


def figures(told: Told, seen: Seen) -> list[Figure]:
    """Every figure, with what it must be."""
    made = [
        Figure(f"registrations {state}", seen.states.pop(state, 0), wanted)
        for state, wanted in expected.REGISTRATIONS.items()
    ]
    made.append(Figure("registrations in another state", dict(seen.states), {}))
    return made + _money(told, seen) + _hours(seen) + _told_why(told, seen) + _sent(seen)


def _money(told: Told, seen: Seen) -> list[Figure]:
    captured = sum(
        minor(p["amount"]) for b in seen.bills.values() for p in b["payments"] if _done(p)
    )
    refunded = sum(
        minor(r["amount"]) for b in seen.bills.values() for r in b["refunds"] if _done(r)
    )
    outstanding = sum(minor(c["balance"]) for b in seen.bills.values() for c in b["credits"])
    ledger: Counter[str] = Counter()
    for bill in seen.bills.values():
        for entry in bill["ledger"]:
            ledger[entry["account"]] += minor(entry)
    made = [
        Figure("captured", captured, expected.CAPTURED),
        Figure("captured, as the gateway says", seen.totals["captured"], expected.CAPTURED),
        Figure("refunded", refunded, expected.REFUNDED),
        Figure("refunded, as the gateway says", seen.totals["refunded"], expected.REFUNDED),
        Figure("credits outstanding", outstanding, expected.CREDITS),
        Figure("ledger, sum of all entries", sum(ledger.values()), 0),
        Figure("revenue earned", -ledger["revenue"], expected.EARNED),
        Figure("cancellation fees", -ledger["fees"], expected.FEES),
        Figure(
            "cash at the gateway", ledger["cash:gateway"], expected.CAPTURED - expected.REFUNDED
        ),
    ]
    for wanted in (expected.EARLY, expected.LATE):
        [number] = [n for n, q in told.quotes.items() if q["outcome"] == wanted["outcome"]]
        for name, decided in (
            ("quote", told.quotes[number]),
            ("outcome", seen.bills[number]["outcome"]),
        ):
            made.append(Figure(f"{wanted['outcome']}, {name}", _decided(decided), wanted))
    return made


def _done(row: dict[str, Any]) -> bool:
    return row["status"] in ("succeeded", "captured", "paid")


def _decided(decision: dict[str, Any]) -> dict[str, Any]:
    credit = decision["credit"]
    return {
        "outcome": decision["outcome"],
        "fee": minor(decision["fee"]),
        "refund": sum(minor(r["amount"]) for r in decision["refunds"]),
        "credit": minor(credit["amount"]) if credit else 0,
        "expires_on": credit["expires_on"] if credit else None,
    }


def _hours(seen: Seen) -> list[Figure]:
    count: Counter[str] = Counter()
    hours: Counter[str] = Counter()
    for awards in seen.awards.values():
        for certificate in awards["certificates"]:
            if certificate["status"] == "valid":
                count[certificate["board"] or "participation"] += 1
        for award in awards["awards"]:
            if award["status"] == "granted":
                hours[award["board"]] += Decimal(award["credits"])  # type: ignore[assignment]
    made = [
        Figure(f"{board}: certificates, hours", (count[board], Decimal(hours[board])), wanted)
        for board, wanted in expected.HOURS.items()
    ]
    return [*made, Figure("certificates in all", sum(count.values()), expected.CERTIFICATES)]


def _told_why(told: Told, seen: Seen) -> list[Figure]:
    """Who was left without an award of a board is told why, in words."""
    made = []
    for (misses, board), word in expected.WITHHELD.items():
        [person] = [p for p in told.people if p.misses == misses]
        [award] = [a for a in seen.awards[person.number]["awards"] if a["board"] == board]
        words = " ".join(unmet["detail"] for unmet in award["unmet"]).lower()
        got = (award["status"], Decimal(award["credits"]), word in words)
        made.append(Figure(f"{board} withheld, and told why", got, ("withheld", Decimal(0), True)))
    return made


def _sent(seen: Seen) -> list[Figure]:
    made = [
        Figure(f"sent: {template}", seen.messages.pop(template, 0), wanted)
        for template, wanted in expected.MESSAGES.items()
    ]
    return [*made, Figure("sent: anything else", dict(seen.messages), {})]


def minutes_after(seen: Seen) -> float:
    """Business minutes from the last session's end to the last certificate."""
    assert seen.last_certificate is not None
    return (seen.last_certificate - STARTS["s4"] - HOURS_2).total_seconds() / 60


__all__ = ["COURSE", "Figure", "Seen", "figures", "in_groups", "look", "minutes_after"]
