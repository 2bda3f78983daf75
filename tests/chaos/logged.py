"""What stands in Kafka's log, held against what people were told: read from outside, once all is at
rest. Nothing of it asks a service."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cli.kafka import read_all
from shared.contracts.topics import TOPICS
from tests.chaos.audit import Finding
from tests.chaos.ledger import Ledger

_SAID_BY = {  # what was answered with success → what must have been said of it, once
    "registered": "registration.requested.v1",
    "paid": "invoice.paid.v1",
    "cancelled": "registration.cancelled.v1",
}


@dataclass(frozen=True)
class Heard:
    """A record, as far as it matters: its type, its key, its event's id."""

    type: str
    key: str
    event_id: str


async def logged(bootstrap: str) -> list[Heard]:
    """All events that stand in the log."""
    names = [topic.name for topic in TOPICS if topic.kind in {"facts", "state"}]
    found = []
    async for record in read_all(bootstrap, names):
        headers = {name: (value or b"").decode() for name, value in record.headers}
        key = (record.key or b"").decode()
        found.append(Heard(headers.get("ce_type", ""), key, headers.get("ce_id", "")))
    return found


def findings(ledger: Ledger, log: Sequence[Heard]) -> list[Finding]:
    """What is missing in it, or stands there twice under two ids. The same event twice is no
    finding: whoever hears it knows it by its id (`repeated` counts those)."""
    once = {(one.type, one.key, one.event_id) for one in log}
    said = Counter((type_, key) for type_, key, _ in once)
    return list(_held(ledger, said))


def repeated(log: Sequence[Heard]) -> int:
    """How many records say again what another has said."""
    return len(log) - len({one.event_id for one in log})


def _held(ledger: Ledger, said: Counter[tuple[str, str]]) -> Iterator[Finding]:
    for entry in ledger.entries.values():
        who = entry.registration_id
        # Who cancelled before their payment was heard of has an invoice that was withdrawn.
        paid = entry.paid and (entry.status == "confirmed" or not entry.cancelled)
        wanted = {"registered": True, "paid": paid, "cancelled": entry.cancelled}
        for what, type_ in _SAID_BY.items():
            times = said[type_, who]
            if wanted[what] and not times:
                yield Finding("lost", who, f"{type_} is not in the log")
            if times > 1:
                yield Finding("doubled", who, f"{type_} is in the log under {times} ids")
