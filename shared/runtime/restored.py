"""A database that is older than what its service has heard: it was restored from a backup.

Kafka knows how far the service had come, the inbox what this database knows of: where the last
that was handled is not in the inbox, and nothing later is, the database is of an earlier day. Such
a service says nothing, sends nothing and hears nothing (`worker.py`) until somebody has had it hear
what it had said itself, and has sent it back to what it does not know (`bin/holdfast restored`;
decision 103). Of a backup from before which nothing was heard since, nothing can be known here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from shared.runtime.clock import wall
from shared.runtime.database import Database
from shared.runtime.events import EventUnit
from shared.runtime.heard_since import heard_since, was_heard
from shared.runtime.hears import Hears
from shared.runtime.inbox import KEPT
from shared.runtime.kafka import client_of
from shared.runtime.offsets import DECIDED, committed
from shared.runtime.orders import letterbox
from shared.runtime.records import event_id_of
from shared.runtime.spans import between, know, partitions_of, reader

log = structlog.get_logger(__name__)
Offsets = dict[TopicPartition, int]
ENOUGH = 200  # records of a partition that are looked at; the first that is missing says it
SURE = KEPT - timedelta(days=1)  # what was handled so long ago may not be in the inbox any more
# Kept among the deadlines, as one that never comes.
_HEARING = ("runtime.restored", "hearing")
_MARK = """
INSERT INTO due (kind, ref, due_at, version, payload) VALUES ($1, $2, 'infinity', 0, $3)
ON CONFLICT (kind, ref) DO UPDATE SET payload = excluded.payload
"""
_MARKED = "SELECT payload FROM due WHERE kind = $1 AND ref = $2"
_HEARD = "DELETE FROM due WHERE kind = $1 AND ref = $2"
_LAST = "SELECT max(received_at) FROM inbox WHERE consumer = $1"
_KNOWN = "SELECT event_id::text FROM inbox WHERE consumer = $1 AND event_id = ANY($2::uuid[])"
_SAYING = "SELECT id, topic, event_id::text FROM outbox WHERE topic <> $1"
_SAID = "DELETE FROM outbox WHERE id = ANY($1::bigint[])"


async def is_restored(db: Database, bootstrap: str, hears: Hears) -> str | None:
    """Why nothing must begin, where the database is older than what its service has heard."""
    reached = await _reached(bootstrap, hears)
    if not reached:
        return None
    last = await last_heard(db, hears.consumer)
    since = max(filter(None, [last, wall() - SURE]))
    async with reader(bootstrap) as consumer:
        know(consumer, reached)
        begins = await _at(consumer, reached, since)
        spans = {tp: (at, min(reached[tp], at + ENOUGH)) for tp, at in begins.items()}
        passed: set[TopicPartition] = set()  # what cannot be read is no sign, and stops nobody
        records = [record async for record in between(consumer, spans, passed)]
    if passed:
        log.warning("restored.unread", partitions=sorted(f"{t}/{p}" for t, p in passed))
    noted = await heard_since(db)
    if not any(was_heard(record, noted) for record in await _unheard(db, hears, records)):
        return None
    known = f"knows of nothing after {last:%Y-%m-%d %H:%M} UTC" if last else "is empty"
    return (
        f"its database {known}, and {hears.consumer} had heard more: it was restored from a "
        f"backup. Nothing is said or sent. Stop every process of {db.service}, then: bin/holdfast "
        f"restored {db.service}"
    )


async def last_heard(db: Database, consumer: str) -> datetime | None:
    """When this database heard something for the last time (wall time)."""
    async with db.acquire() as con:
        found: datetime | None = await con.fetchval(_LAST, consumer)
    return found


async def drop_said(db: Database, bootstrap: str, since: datetime | None) -> int:
    """Drop from the outbox what stands in the log by now, said `since` that moment (None: ever);
    gives how many. What was waiting on the day of the backup was said after it: said once more, a
    state would come behind later ones of its key, and Kafka would keep the older."""
    async with db.acquire() as con:
        rows = await con.fetch(_SAYING, letterbox(db.service))
    if not rows:
        return 0
    waiting = {(row["topic"], row["event_id"]): row["id"] for row in rows}
    async with reader(bootstrap) as consumer:
        parts = await partitions_of(consumer, sorted({topic for topic, _ in waiting}))
        know(consumer, parts)
        ends = await consumer.end_offsets(parts)
        begins = await (_at(consumer, ends, since) if since else _starts(consumer, parts))
        whole = between(consumer, {tp: (at, ends[tp]) for tp, at in begins.items()})
        said = {(one.topic, event_id_of(one)) async for one in whole}
    found = sorted(row for event, row in waiting.items() if event in said)
    async with db.acquire() as con:
        await con.execute(_SAID, found)
    return len(found)


async def to_hear(db: Database, bootstrap: str, hears: Hears) -> Offsets:
    """By partition of what is heard: the first record that this database does not know of, or the
    end. What is older than it keeps (45 days before its last) counts as known."""
    last = await last_heard(db, hears.consumer)
    async with reader(bootstrap) as consumer:
        parts = await partitions_of(consumer, sorted(hears.topics))
        know(consumer, parts)
        ends = await consumer.end_offsets(parts) if parts else {}
        found = dict(ends)
        begins = await (_at(consumer, ends, last - SURE) if last else _starts(consumer, parts))
        spans = {tp: (at, ends[tp]) for tp, at in begins.items()}
        waiting: list[ConsumerRecord] = []

        async def look() -> None:
            for record in await _unheard(db, hears, waiting):
                tp = TopicPartition(record.topic, record.partition)
                found[tp] = min(found[tp], record.offset)
            waiting.clear()

        async for record in between(consumer, spans):
            waiting.append(record)
            if len(waiting) >= 5_000:
                await look()
        await look()
    return found


async def send_back(db: Database, bootstrap: str, hears: Hears, to: Offsets) -> None:
    """Have a group without members go on from there. Until it has heard what stands in the log by
    now its deadlines wait, for they would be kept by what was known on the day of the backup."""
    async with reader(bootstrap, hears.consumer) as consumer:
        consumer.assign(list(to))
        ends = await consumer.end_offsets(list(to))
        left = {f"{tp.topic}/{tp.partition}": end for tp, end in ends.items() if end > to[tp]}
        async with db.acquire() as con:
            await con.execute(_MARK, *_HEARING, left)
        await consumer.commit(to)


async def is_hearing(db: Database, bootstrap: str, hears: Hears) -> bool:
    """Whether it still has to hear what was said between the backup and the restore."""
    async with db.acquire() as con:
        left = await con.fetchval(_MARKED, *_HEARING)
    if left is None:
        return False
    reached = await committed(bootstrap, hears.consumer)
    heard = {f"{tp.topic}/{tp.partition}": at for tp, at in reached.items()}
    if any(heard.get(part, 0) < end for part, end in left.items()):
        return True
    async with db.acquire() as con:
        await con.execute(_HEARD, *_HEARING)
    return False


async def _unheard(
    db: Database, hears: Hears, records: Iterable[ConsumerRecord]
) -> list[ConsumerRecord]:
    """Those that are for this service, and that its inbox does not know: each record, also where
    the same event stands twice."""
    units = [(EventUnit(db.service, hears, record), record) for record in records]
    wanted = [(unit.event_id, record) for unit, record in units if not unit.ignored]
    async with db.acquire() as con:
        rows = await con.fetch(_KNOWN, hears.consumer, sorted({event_id for event_id, _ in wanted}))
    known = {row["event_id"] for row in rows}
    return [record for event_id, record in wanted if event_id not in known]


async def _reached(bootstrap: str, hears: Hears) -> Offsets:
    """What the group has handled, but for what somebody decided to pass over."""
    admin = AIOKafkaAdminClient(**client_of(bootstrap))
    await admin.start()
    try:
        found = await admin.list_consumer_group_offsets(hears.consumer)
    finally:
        await admin.close()
    return {
        tp: meta.offset
        for tp, meta in found.items()
        if meta.offset > 0 and meta.metadata != DECIDED and tp.topic in hears.topics
    }


async def _starts(consumer: AIOKafkaConsumer, parts: list[TopicPartition]) -> Offsets:
    return dict(await consumer.beginning_offsets(parts)) if parts else {}


async def _at(
    consumer: AIOKafkaConsumer, ends: Mapping[TopicPartition, int], at: datetime
) -> Offsets:
    """By partition: the first record from that moment on; those that have none are left out."""
    asked = int(at.timestamp() * 1000)
    found = await consumer.offsets_for_times(dict.fromkeys(ends, asked))
    return {
        tp: one.offset for tp, one in found.items() if one is not None and one.offset < ends[tp]
    }
