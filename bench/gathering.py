"""What a benchmark says to Kafka, hears from it, and sees in the databases."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import perf_counter
from types import TracebackType
from typing import Any, Self

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from pydantic_core import from_json

from shared.contracts.certificates import CertificateIssued
from shared.contracts.event import Event

STILL = 120.0  # seconds without one more: then something is wrong


async def say(bootstrap: str, events: Sequence[Event]) -> None:
    """To their topics, as a relay does."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, linger_ms=20, max_batch_size=262_144)
    await producer.start()
    try:
        sent = []
        for event in events:
            headers = [("ce_id", str(uuid.uuid4()).encode()), ("ce_type", event.type.encode())]
            key = event.key_of().encode()
            sent.append(
                await producer.send(event.topic_of(), event.payload(), key=key, headers=headers)
            )
        await asyncio.gather(*sent)
    finally:
        await producer.stop()


async def said_of(bootstrap: str, topics: Sequence[str]) -> int:
    """How many records there are in those topics that exist."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=None)
    await consumer.start()
    try:
        there = await consumer.topics()
        parts = [
            TopicPartition(topic, number)
            for topic in topics
            if topic in there
            for number in consumer.partitions_for_topic(topic) or ()
        ]
        first, ends = await consumer.beginning_offsets(parts), await consumer.end_offsets(parts)
    finally:
        await consumer.stop()
    return sum(ends[one] - first[one] for one in parts)


class Issued:
    """Hears `certificate.issued` of registrations, from now on."""

    def __init__(self, bootstrap: str, wanted: set[str]) -> None:
        self._wanted = wanted
        self.heard: dict[str, str] = {}  # registration → event id
        self.moved = perf_counter()
        self._consumer = AIOKafkaConsumer(
            CertificateIssued.topic,
            bootstrap_servers=bootstrap,
            group_id=None,
            auto_offset_reset="latest",
        )
        self._task: asyncio.Task[None] | None = None

    @property
    def complete(self) -> bool:
        return self.heard.keys() == self._wanted

    async def __aenter__(self) -> Self:
        await self._consumer.start()
        for tp in self._consumer.assignment():
            await self._consumer.position(tp)  # so that nothing from here on is missed
        self._task = asyncio.create_task(self._hear())
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _why: object, _trace: TracebackType | None
    ) -> None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.wait([self._task])
        await self._consumer.stop()

    async def _hear(self) -> None:
        async for record in self._consumer:
            told = dict(record.headers)
            if told["ce_type"] == CertificateIssued.type.encode():
                said = from_json(record.value)["registration_id"]
                known = self.heard.setdefault(said, told["ce_id"].decode())
                assert known == told["ce_id"].decode(), f"{said}: said by two events"
                self.moved = perf_counter()


async def progress(looks: Mapping[str, asyncpg.Connection], issued: Issued) -> dict[str, int]:
    """How many are through each step."""
    settled = "SELECT count(*) FROM records"
    heard = "SELECT count(*) FROM inbox"
    stored = "SELECT count(*) FROM certificates WHERE status = 'valid'"
    return {
        "settled": await looks["attendance"].fetchval(settled),
        "heard": await looks["certificates"].fetchval(heard),
        "granted": await looks["certificates"].fetchval("SELECT count(*) FROM awards"),
        "stored": await looks["certificates"].fetchval(stored),
        "issued": len(issued.heard),
    }


async def at_rest(looks: Mapping[str, asyncpg.Connection]) -> bool:
    """Nothing is due, and nothing waits to be said."""
    left = "SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM due WHERE due_at <= now())"
    return not sum([await con.fetchval(left) for con in looks.values()])


async def families(con: asyncpg.Connection) -> dict[str, int]:
    """The eldest process of Postgres, where it is on this machine and says so."""
    directory: Any = await con.fetchval("SHOW data_directory")
    try:
        return {"postgres": int((Path(directory) / "postmaster.pid").read_text().split()[0])}
    except OSError:
        return {}


async def whole(con: asyncpg.Connection, wanted: int) -> None:
    """Everything was made, once, and nothing is left to do."""
    for what, rows in {
        "certificates WHERE status = 'valid' AND sha256 <> ''": wanted,
        "certificates": wanted,
        "document_files WHERE pdf <> '' AND jwt <> ''": wanted,
        "due WHERE due_at <= now()": 0,
    }.items():
        found = await con.fetchval(f"SELECT count(*) FROM {what}")
        assert found == rows, f"{what}: {found} rows, not {rows}"


async def reached(con: asyncpg.Connection, count: str, wanted: int, what: str) -> tuple[int, float]:
    """Waits until a statement counts so many; how many there were then, and when that was."""
    before, moved = 0, perf_counter()
    while True:
        there: int = await con.fetchval(count)
        now = perf_counter()
        if there >= wanted:
            return there, now
        if there > before:
            before, moved = there, now
        if now - moved > STILL:
            raise SystemExit(f"{there} of {wanted} {what}, and no more come")
        await asyncio.sleep(0.1)
