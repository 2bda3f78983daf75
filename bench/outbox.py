"""Rows of an outbox, and what of them has arrived on Kafka."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

import asyncpg
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from shared.contracts.event import Event
from shared.runtime.clock import wall
from shared.runtime.database import prepare
from shared.runtime.envelope import Entry, entry_for
from shared.runtime.flush import write_outbox

PARTITIONS = 12
CHUNK = 5_000  # rows of a COPY


@dataclass
class Origin:
    """Of an event whose cause is an API call."""

    cause: str | None = None
    correlation: str | None = None
    trace: str | None = None


@dataclass
class Saying:
    """Who says it, and when."""

    service: str
    now: datetime = field(default_factory=wall)
    origin: Origin = field(default_factory=Origin)


def entries(event: type[Event], service: str, topic: str, count: int) -> list[Entry]:
    """As many as that, of different registrations, for that topic."""
    saying = Saying(service)
    made = []
    for _ in range(count):
        about = {"registration_id": str(uuid.uuid4()), "person_id": str(uuid.uuid4())}
        said = event.model_validate(event.example | about)
        made.append(replace(entry_for(said, str(uuid.uuid4()), saying), topic=topic))
    return made


async def fill(url: str, said: list[Entry]) -> None:
    """Write them, as the services do."""
    con = await asyncpg.connect(url)
    try:
        await prepare(con)
        for place in range(0, len(said), CHUNK):
            await write_outbox(con, said[place : place + CHUNK])
        await con.execute("VACUUM ANALYZE outbox")
    finally:
        await con.close()


@asynccontextmanager
async def topic(bootstrap: str, name: str) -> AsyncIterator[str]:
    """A topic of its own, as those of facts are, which is gone after the block."""
    made = f"bench.{name}-{uuid.uuid4().hex[:12]}"
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(made, PARTITIONS, 1)])
        yield made
        await admin.delete_topics([made])
    finally:
        await admin.close()


async def arrived(bootstrap: str, name: str) -> Counter[str]:
    """Event id → how often it lies there."""
    consumer = AIOKafkaConsumer(
        name, bootstrap_servers=bootstrap, group_id=None, auto_offset_reset="earliest"
    )
    await consumer.start()
    found: Counter[str] = Counter()
    try:
        for tp, end in (await consumer.end_offsets(consumer.assignment())).items():
            while await consumer.position(tp) < end:
                for records in (await consumer.getmany(tp, timeout_ms=500)).values():
                    found.update(dict(record.headers)["ce_id"].decode() for record in records)
    finally:
        await consumer.stop()
    return found


def require(found: Counter[str], said: Iterable[Entry]) -> None:
    """Raises AssertionError unless each is there, once, and nothing else."""
    wanted = {entry.event_id for entry in said}
    missing, more = wanted - found.keys(), found.keys() - wanted
    assert not missing, f"{len(missing)} of {len(wanted)} have not arrived"
    assert not more, f"{len(more)} were said by nobody"
    twice = sum(many > 1 for many in found.values())
    assert not twice, f"{twice} arrived more than once"
