"""Consumer and relay of a real service on a real Kafka, killed between each two of their steps.

Two learners ask for a seat. Wherever billing dies, each gets one invoice, Kafka holds one event of
each (said again with the same id, if the crash came between the acknowledgement and our own
deletion), and nothing is left to be heard or said.
"""

from __future__ import annotations

import asyncio
import signal
import uuid
from pathlib import Path
from typing import Any

import asyncpg
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from cli.kafka import read_all
from shared.runtime.failpoint import POINTS, Point
from stack import ports
from tests.crash import process
from tests.crash.matrix import MATRIX
from tests.edges.billing.conftest import API_KEY, SECRET, WEBHOOK_SECRET, requested
from tests.runtime.test_crash import dead, quiet

# The point at which it dies, and how often its invoices are said then.
CONSUMER: list[tuple[Point, int]] = [
    ("batch.claimed", 1),
    ("batch.flushing", 1),
    ("batch.flushed", 1),
    ("batch.committed", 1),
    ("intake.handled", 1),
]
RELAY: list[tuple[Point, int]] = [("relay.read", 1), ("relay.sent", 2), ("relay.deleted", 1)]
AT_ONCE = 4
ISSUED = "billing.registrations"


async def ask(kafka: str, topic: str, learners: list[str]) -> None:
    """They ask for seats, on a topic that nobody else hears."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, 2, 1)])
    finally:
        await admin.close()
    async with AIOKafkaProducer(bootstrap_servers=kafka, acks="all") as producer:
        for event in map(requested, learners):
            named = [("ce_id", str(uuid.uuid4()).encode()), ("ce_type", event.type.encode())]
            key = event.key_of().encode()
            await producer.send_and_wait(topic, event.payload(), key=key, headers=named)


async def killed_at(point: Point, times: int, url: str, kafka: str, log: Path) -> None:
    name = f"billing-{uuid.uuid4().hex[:12]}"
    learners = [f"{who}-of-{name}" for who in ("ada", "ben")]
    await ask(kafka, name, learners)
    port = ports.free_port()
    env = {
        "BILLING_DATABASE_URL": url,
        "BILLING_PORT": str(port),
        "KAFKA_BOOTSTRAP_SERVERS": kafka,
        "KAFKA_SESSION_TIMEOUT_MS": "6000",
        "PLATFORM_SECRET": SECRET,
        "BILLING_GATEWAY_URL": "http://127.0.0.1:1",
        "BILLING_GATEWAY_API_KEY": API_KEY,
        "BILLING_WEBHOOK_SECRET": WEBHOOK_SECRET,
    }
    first = process.start(env, name, log, point)
    assert await dead(first) == -signal.SIGKILL
    second = process.start(env, name, log, None)
    try:
        await quiet(f"http://127.0.0.1:{port}/billing")
    finally:
        second.kill()
        second.join()
    con = await asyncpg.connect(url)
    try:
        invoices = await con.fetch("SELECT registration_id FROM registrations ORDER BY 1")
        numbered = await con.fetchval("SELECT count(DISTINCT number) FROM invoices")
        inbox = await con.fetch("SELECT outcome FROM inbox")
        assert await con.fetchval("SELECT count(*) FROM outbox") == 0
    finally:
        await con.close()
    assert [row["registration_id"] for row in invoices] == sorted(learners)
    assert numbered == 2
    assert [row["outcome"] for row in inbox] == ["done", "done"]
    said: dict[str, list[bytes | None]] = {learner: [] for learner in learners}
    async for record in read_all(kafka, [ISSUED]):
        key = (record.key or b"").decode()
        if key in said:
            said[key].append(dict(record.headers)["ce_id"])
    assert [len(ids) for ids in said.values()] == [times, times], point
    assert [len(set(ids)) for ids in said.values()] == [1, 1], "said again with its id"


async def test_a_process_killed_between_any_two_steps_says_and_does_each_thing_once(
    database: Any, kafka_bootstrap: str, tmp_path: Path
) -> None:
    turns = asyncio.Semaphore(AT_ONCE)  # each waits long for the partitions of who is dead

    async def one(point: Point, times: int) -> None:
        async with turns:
            await killed_at(point, times, database("billing"), kafka_bootstrap, tmp_path / point)

    await asyncio.gather(*(one(*each) for each in CONSUMER + RELAY))


def test_every_point_there_is_kills_somebody_in_some_row() -> None:
    rows = {row.point for told in MATRIX for row in told.rows}
    assert rows | {point for point, _ in CONSUMER + RELAY} == set(POINTS)
    assert {point for point, _ in CONSUMER} >= {p for p in POINTS if p.startswith("batch.")}
    assert {point for point, _ in RELAY} == {p for p in POINTS if p.startswith("relay.")}
