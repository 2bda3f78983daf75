"""What must be true once all is at rest: each answer of success that anybody was given is there,
once; and nothing is there that nobody asked for.

The facts are gathered by `facts.py`; the findings here are pure, and judged by tests of their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.ledger import Entry, Ledger
from tests.chaos.people import FEE, LONG, PRICE

CONFIRMED = {"confirmed", "completed"}


@dataclass
class Facts:
    """What the databases, the gateway and the mailbox say, with nothing decided yet."""

    registrations: Sequence[Mapping[str, Any]] = ()  # registration_id, state, email
    settlements: Sequence[Mapping[str, Any]] = ()  # registration_id, outcome
    payments: Sequence[Mapping[str, Any]] = ()  # the gateway's: checkout_id, reference, status
    refunds: Sequence[Mapping[str, Any]] = ()  # the gateway's: key, payment_id, amount, status
    received: Mapping[str, int] = field(default_factory=dict)  # registration → minor units
    observations: Sequence[str] = ()
    evaluations: int = 0  # sheets, which say nothing of whose they are
    evaluated: Sequence[str] = ()  # registrations that are known to have handed one in
    certificates: Sequence[Mapping[str, Any]] = ()  # registration_id, board, status
    mails: Sequence[str] = ()  # message ids, one a mail that arrived
    # message_id, registration_id, template, state, reason, resends (that a person asked for)
    messages: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True)
class Finding:
    """`kind` is lost or doubled, or wrong."""

    kind: str
    about: str
    detail: str


def findings(ledger: Ledger, facts: Facts) -> list[Finding]:
    """All of them."""
    return [
        *_registered(ledger, facts),
        *_paid(ledger, facts),
        *_cancelled(ledger, facts),
        *_attended(ledger, facts),
        *_mailed(ledger, facts),
        *[Finding("wrong", "unanswered", one) for one in ledger.unanswered],
        *_defects(ledger),
    ]


def _defects(ledger: Ledger) -> Iterator[Finding]:
    """Whatever is away, we say that it is (503): a 500 is a defect of ours, or of the gateway's
    own page, which is told to err."""
    for said, times in ledger.no_answer.items():
        if said.startswith("500") and "/paysim/" not in said:
            yield Finding("wrong", "defect", f"{times} times {said}")


def _registered(ledger: Ledger, facts: Facts) -> Iterator[Finding]:
    there = {row["registration_id"]: row for row in facts.registrations}
    for entry in ledger.entries.values():
        if entry.registration_id not in there:
            yield Finding("lost", entry.registration_id, f"registration of {entry.email}")
    for identity in there.keys() - ledger.entries.keys():
        detail = f"registration of {there[identity]['email']} that nobody was told of"
        yield Finding("doubled", identity, detail)
    for email, count in Counter(row["email"] for row in facts.registrations).items():
        if count > 1:
            yield Finding("doubled", email, f"{count} registrations")


def _paid(ledger: Ledger, facts: Facts) -> Iterator[Finding]:
    states = {row["registration_id"]: row["state"] for row in facts.registrations}
    good = [one for one in facts.payments if one["status"] == "succeeded"]
    by_checkout = Counter(one["checkout_id"] for one in good)
    for entry in ledger.entries.values():
        times = by_checkout.pop(entry.checkout.rpartition("/")[2], 0) if entry.checkout else 0
        here = facts.received.get(entry.registration_id, 0)
        if entry.paid and (not times or not here):
            where = "billing" if times else "the gateway"
            yield Finding("lost", entry.registration_id, f"payment, at {where}")
        if times > 1 or here > PRICE:
            yield Finding("doubled", entry.registration_id, f"{times} payments, {here} received")
        state = states.get(entry.registration_id, "")
        if entry.paid and not entry.cancelled and state not in CONFIRMED:
            yield Finding("wrong", entry.registration_id, f"paid, and {state or 'not there'}")
    for checkout in by_checkout:
        yield Finding("wrong", checkout, "a payment at the gateway that nobody made")


def _cancelled(ledger: Ledger, facts: Facts) -> Iterator[Finding]:
    """Each cancelled in time. Whose seat was confirmed gets the price less the fee, by one refund;
    whose payment had not come through yet may have had no seat to give up, and gets all of it."""
    states = {row["registration_id"]: row["state"] for row in facts.registrations}
    outcomes = {row["registration_id"]: row["outcome"] for row in facts.settlements}
    owners = {one["id"]: one["checkout_id"] for one in facts.payments}
    given: dict[str, list[int]] = {}
    for refund in facts.refunds:
        if refund["status"] == "succeeded":
            given.setdefault(owners.get(refund["payment_id"], ""), []).append(refund["amount"])
    for entry in ledger.entries.values():
        made = given.pop(entry.checkout.rpartition("/")[2], []) if entry.checkout else []
        who, came = entry.registration_id, (outcomes.get(entry.registration_id), sum(made))
        if entry.cancelled and states.get(who) != "cancelled":
            yield Finding("lost", who, f"cancellation: it is {states.get(who)}")
        if len(made) > 1:
            yield Finding("doubled", who, f"{len(made)} refunds")
        if entry.cancelled and came not in (wanted := _wanted(entry)):
            kind = "lost" if came[1] < min(amount for _, amount in wanted) else "wrong"
            yield Finding(kind, who, f"cancelled: {came}, and not {' or '.join(map(str, wanted))}")
        if made and not entry.cancelled:
            yield Finding("wrong", who, f"{sum(made)} given back to who never cancelled")
    for checkout in given:
        yield Finding("wrong", checkout, "a refund of a payment that nobody made")


def _wanted(entry: Entry) -> list[tuple[str, int]]:
    """(outcome, given back) that may come of a cancellation."""
    if not entry.paid:
        return [("nothing", 0)]
    settled = [("refund", PRICE - FEE)]
    return settled if entry.status == "confirmed" else [*settled, ("nothing", PRICE)]


def _attended(ledger: Ledger, facts: Facts) -> Iterator[Finding]:
    there = Counter(facts.observations)
    for one in ledger.observations - there.keys():
        yield Finding("lost", one, "observation")
    for one, count in there.items():
        if count > 1:
            yield Finding("doubled", one, f"observation, {count} times")
    told = {who for who, one in ledger.entries.items() if one.evaluated}
    for who in sorted(told ^ set(facts.evaluated)):
        kind = "lost" if who in told else "doubled"
        yield Finding(kind, who, f"evaluation, {'not kept' if who in told else 'of nobody'}")
    if facts.evaluations != len(told):
        kind = "lost" if facts.evaluations < len(told) else "doubled"
        yield Finding(kind, "evaluations", f"{facts.evaluations}, not {len(told)}")
    valid = [one for one in facts.certificates if one["status"] == "valid"]
    for (who, board), count in Counter(
        (one["registration_id"], one["board"]) for one in valid
    ).items():
        if count > 1:
            yield Finding("doubled", who, f"{count} certificates of {board}")
    certified = {one["registration_id"] for one in valid}
    states = {row["registration_id"]: row["state"] for row in facts.registrations}
    for entry in ledger.entries.values():
        yield from _credited(entry, states.get(entry.registration_id, ""), certified)


def _credited(entry: Entry, state: str, certified: set[str]) -> Iterator[Finding]:
    who = entry.registration_id
    if entry.present and state != "completed":
        yield Finding("lost", who, f"was there throughout, and is {state}")
    if entry.present and entry.evaluated and who not in certified:
        yield Finding("lost", who, "was there and evaluated, and has no certificate")
    if not entry.present and who in certified:
        yield Finding("wrong", who, "was not there, and has a certificate")


def _mailed(ledger: Ledger, facts: Facts) -> Iterator[Finding]:
    resends = {one["message_id"]: one["resends"] for one in facts.messages}
    for message, count in Counter(facts.mails).items():
        if count > 1 + resends.get(message, 0):
            yield Finding("doubled", message, f"mail, {count} times")
    about: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for one in facts.messages:
        about.setdefault((one["registration_id"], one["template"]), []).append(one)
    arrived = set(facts.mails)
    for entry in ledger.entries.values():
        for template in _news(entry):
            mine = about.get((entry.registration_id, template), [])
            if not any(one["message_id"] in arrived or _asked(one) for one in mine):
                states = ", ".join(one["state"] for one in mine) or "never planned"
                yield Finding("lost", entry.registration_id, f"mail {template}: {states}")


def _news(entry: Entry) -> Iterator[str]:
    """What they were written of, whatever the clock did meanwhile: only what is of use for ever,
    or for as long as the long course has not been."""
    seated = entry.status == "confirmed" if entry.cancelled else True
    if entry.paid and seated:
        yield "receipt"
    if entry.paid and not entry.cancelled and entry.course_id == LONG:
        yield from ("registration_received", "registration_confirmed")
    if entry.paid and entry.cancelled:
        yield "cancellation_settled"
        if seated:
            yield "refund_settled"
    if entry.present and entry.evaluated:
        yield "certificate_ready"


def _asked(message: Mapping[str, Any]) -> bool:
    """A human is asked about it: nobody knows whether it went out, or it was tried for two days,
    over which the clock may have leapt."""
    return message["state"] == "failed" and message["reason"] in {"unknown", "gave-up"}
