"""Invariant 9: the outbox is empty at rest, and every hearer has every event of its types.

Which events a service hears is asked of the service itself: its composition root is built (and
never started), and the runtime's own reading of a record decides.
"""

from collections.abc import AsyncIterator

from cli.invariants.registry import KAFKA, Finding, Outside, invariant
from shared.contracts.services import SERVICES
from shared.contracts.topics import TOPICS
from shared.runtime.clock import wall
from shared.runtime.events import EventUnit

_DAYS_45_MS = 45 * 24 * 60 * 60 * 1000


@invariant(9, "Every outbox is empty at rest", *SERVICES)
async def outbox_is_empty(outside: Outside) -> AsyncIterator[Finding]:
    for service in outside.databases:
        [row] = await outside.rows(service, "select count(*) as waiting from outbox")
        if row["waiting"]:
            yield Finding(service, f"{row['waiting']} events are still to be said")


@invariant(
    9, "Every event of a type it hears is in each hearer's inbox or dead letters", *SERVICES, KAFKA
)
async def every_event_was_heard(outside: Outside) -> AsyncIterator[Finding]:
    hearers = {name: outside.hears(name) for name in outside.databases}
    topics = [topic.name for topic in TOPICS if topic.kind != "dead-letters"]
    oldest = wall().timestamp() * 1000 - _DAYS_45_MS
    wanted: dict[str, dict[str, str]] = {name: {} for name in hearers}
    async for record in outside.records(topics):
        if record.timestamp < oldest:
            continue
        for name, hears in hearers.items():
            if record.topic in hears.topics:
                unit = EventUnit(name, hears, record)
                if not unit.ignored:
                    where = f"{record.topic}/{record.partition}@{record.offset}"
                    wanted[name].setdefault(unit.event_id, where)
    for name, events in wanted.items():
        sql = "select event_id::text from inbox where consumer = $1"
        known = {row["event_id"] for row in await outside.rows(name, sql, hearers[name].consumer)}
        for event_id in events.keys() - known:
            yield Finding(event_id, f"{name} never handled {events[event_id]}")


@invariant(9, "No event ended in the dead letters", *SERVICES)
async def nothing_is_dead(outside: Outside) -> AsyncIterator[Finding]:
    sql = "select event_id::text from inbox where outcome = 'dead' order by received_at"
    for service in outside.databases:
        for row in await outside.rows(service, sql):
            yield Finding(row["event_id"], f"{service} gave it up: bin/holdfast dead-letters list")
