"""What came out beside what must: one figure a line, whatever is missing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from cli.demo import expected
from cli.demo.learners import Learner
from cli.demo.story import HOURS_2, STARTS, Told
from cli.demo.watched import Seen
from cli.demo.world import minor

_IN_TIME = timedelta(minutes=5)  # a mail server that is away for a moment is none of its business
_CLOCK = re.compile(r"\d{1,2}:\d\d [AP]M")


@dataclass(frozen=True)
class Figure:
    """One figure of the story: what it is, what came out, what must; None is what is not there."""

    what: str
    got: Any
    wanted: Any
    said: Callable[[Any], str] = str

    @property
    def right(self) -> bool:
        """Whether it is as the story says."""
        return bool(self.got == self.wanted)

    def text(self, value: Any) -> str:
        """What came out, or what must, as people read it."""
        return "none" if value is None or value == {} else self.said(value)


def figures(told: Told, seen: Seen) -> list[Figure]:
    """Every figure, with what it must be."""
    return [
        *_registrations(seen),
        *_money(seen),
        *_cancelled(told, seen),
        *_hours(seen),
        *_told_why(told, seen),
        *_sent(seen),
        *_arrived(told, seen),
        *_in_local_time(told, seen),
    ]


def minutes_after(seen: Seen) -> float | None:
    """Business minutes from the last session's end to the last certificate."""
    last = seen.last_certificate()
    return (last - STARTS["s4"] - HOURS_2).total_seconds() / 60 if last else None


def _registrations(seen: Seen) -> list[Figure]:
    others = {k: v for k, v in seen.states.items() if k not in expected.REGISTRATIONS}
    return [
        *(
            Figure(f"registrations {state}", seen.states[state], wanted)
            for state, wanted in expected.REGISTRATIONS.items()
        ),
        Figure("registrations in another state", others, {}),
    ]


def _money(seen: Seen) -> list[Figure]:
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


def _cancelled(told: Told, seen: Seen) -> list[Figure]:
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


def _hours(seen: Seen) -> list[Figure]:
    count: Counter[str] = Counter()
    hours: dict[str, Decimal] = {}
    for certificate in seen.certificates():
        if certificate["status"] == "valid":
            count[certificate["board"] or "participation"] += 1
    for awards in seen.awards.values():
        for award in awards["awards"]:
            if award["status"] == "granted":
                before = hours.get(award["board"], Decimal(0))
                hours[award["board"]] = before + Decimal(award["credits"])
    return [
        *(
            Figure(
                f"{board}: certificates, credit hours",
                (count[board], hours.get(board, Decimal(0))),
                wanted,
                _of_board,
            )
            for board, wanted in expected.HOURS.items()
        ),
        Figure("certificates in all", sum(count.values()), expected.CERTIFICATES),
    ]


def _told_why(told: Told, seen: Seen) -> list[Figure]:
    """Who was left without an award of a board is told why, in words."""
    made = []
    for (misses, board), word in expected.WITHHELD.items():
        numbers = [p.number for p in told.people if p.misses == misses]
        awards = [a for n in numbers for a in seen.awards.get(n, {}).get("awards", [])]
        award = next((a for a in awards if a["board"] == board), None)
        got = None
        if award is not None:
            words = " ".join(unmet["detail"] for unmet in award["unmet"]).lower()
            told_so = "told why" if word in words else "not told why"
            got = (award["status"], Decimal(award["credits"]), told_so)
        wanted = ("withheld", Decimal(0), "told why")
        made.append(Figure(f"{board} of who missed too much", got, wanted, _withheld))
    return made


def _sent(seen: Seen) -> list[Figure]:
    """As notifications itself says."""
    sent = Counter(
        message["template"]
        for messages in seen.messages.values()
        for message in messages
        if message["status"] == "sent"
    )
    others = {k: v for k, v in sent.items() if k not in expected.MESSAGES}
    return [
        *(
            Figure(f"sent: {name}", sent[name], wanted)
            for name, wanted in expected.MESSAGES.items()
        ),
        Figure("sent: anything else", others, {}),
    ]


def _arrived(told: Told, seen: Seen) -> list[Figure]:
    """As the mailbox has it."""
    arrived = Counter(address for mail in seen.mails for address in mail.to)
    mine = {person.number: arrived[person.email] for person in told.people}
    wanted = {n: expected.MAILS_OF.get(n, expected.MAILS_OF_MOST) for n in mine}
    odd = {p.email: mine[p.number] for p in told.people if mine[p.number] != wanted[p.number]}
    whole = sum(entries == 4 for entries in seen.entries.values())
    return [
        Figure("mails that arrived", sum(mine.values()), expected.MAILS),
        Figure("addresses that got more, or less", odd, {}),
        Figure("confirmations with all four entries", whole, expected.CONFIRMATIONS),
    ]


def _in_local_time(told: Told, seen: Seen) -> list[Figure]:
    """Reminders of two people either side of the change of clocks, as their mails say the time."""
    made = []
    for zone, template, session, due, clock in expected.REMINDERS:
        person = _there(told, zone)
        messages = seen.messages.get(person.number, []) if person else []
        mine = [m for m in messages if (m["template"], m["subject"]) == (template, session)]
        got = None
        if mine:
            at, sent = _instant(mine[0]["due_at"]), _instant(mine[0]["sent_at"])
            late = "" if sent and at and at <= sent < at + _IN_TIME else ", not in time"
            mail = seen.mail_of(mine[0])
            said = _CLOCK.search(mail.subject) if mail else None
            got = f"{at:%m-%d %H:%M} UTC{late}, for {said.group() if said else 'no hour'}"
        city = zone.rpartition("/")[2].replace("_", " ")
        made.append(Figure(f"{city}: {template} of {session}", got, f"{due} UTC, for {clock}"))
    return made


def _there(told: Told, zone: str) -> Learner | None:
    """Somebody who lives there and comes to every session."""
    mine = (p for p in told.people if p.zone == zone and not p.misses)
    return next((p for p in mine if not p.cancels_at and not p.never_pays), None)


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


def _major(amount: int) -> str:
    return f"{amount / 100:,.2f}"


def _of_board(got: tuple[int, Decimal]) -> str:
    return f"{got[0]}, {got[1]:.2f} h"


def _withheld(got: tuple[str, Decimal, str]) -> str:
    return f"{got[0]}, {got[1]:.2f} h, {got[2]}"


def _decision(got: dict[str, Any]) -> str:
    parts = [f"{got['outcome']}:", f"{got['refund'] / 100:.2f} back, fee {got['fee'] / 100:.2f}"]
    if got["credit"] or got["expires_on"]:
        parts = [f"{got['outcome']}:", f"{got['credit'] / 100:.2f} until {got['expires_on']}"]
    return " ".join(parts)
