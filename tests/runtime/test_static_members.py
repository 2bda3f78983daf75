"""A worker with a name of its own in its group: it comes back to what it had, and nobody else is
made to stop for it; where it does not come back, its partitions wait for the session's end."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from pydantic import ValidationError

from shared.runtime import consumer as consumer_module
from shared.runtime.clock import Clock
from shared.runtime.consumer import Consumer
from shared.runtime.database import Database
from shared.runtime.hears import Hears
from shared.runtime.intake import Intake
from shared.runtime.offsets import without_offsets
from shared.runtime.settings import ServiceSettings
from tests.runtime.test_consume import (
    _lag_is_zero,
    balances,
    feed_each,
    hears,
    record,
    send,
    topic_name,
    wait_for,
)

PARTITIONS = 6
LONG, SHORT = 60_000, 6_000  # milliseconds that Kafka waits for a member that is silent


@pytest.fixture
async def ours(toy_kafka: str) -> str:
    """A prefix of ids of this test, with a topic of its own."""
    made = uuid.uuid4().hex[:8]
    admin = AIOKafkaAdminClient(bootstrap_servers=toy_kafka)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic_name(made), PARTITIONS, 1)])
    finally:
        await admin.close()
    return made


@pytest.fixture
def stops(monkeypatch: pytest.MonkeyPatch) -> list[Consumer]:
    """Who was made to give up partitions, each time."""
    seen: list[Consumer] = []
    before = consumer_module._DrainOnRevoke.on_partitions_revoked

    async def noted(self: consumer_module._DrainOnRevoke, revoked: set[TopicPartition]) -> None:
        if revoked:
            seen.append(self._consumer)
        await before(self, revoked)

    monkeypatch.setattr(consumer_module._DrainOnRevoke, "on_partitions_revoked", noted)
    return seen


@asynccontextmanager
async def member(
    db: Database, bootstrap: str, heard: Hears, name: str, session_ms: int
) -> AsyncIterator[Consumer]:
    assert await without_offsets(db, bootstrap, heard) is None
    made = Consumer(Intake(db, Clock(), heard), bootstrap, session_ms, name)
    await made.start()
    try:
        yield made
    finally:
        await made.stop()


def held(consumer: Consumer) -> set[int]:
    polling = consumer._subscriber.consumer
    return {part.partition for part in polling.assignment()} if polling else set()


async def half_each(first: Consumer, second: Consumer) -> None:
    async def shared() -> bool:
        return len(held(first)) == len(held(second)) == PARTITIONS // 2

    await wait_for(shared, seconds=90)


async def test_a_worker_that_comes_back_by_its_name_has_its_partitions_and_nobody_else_stops(
    db: Database, toy_kafka: str, ours: str, stops: list[Consumer]
) -> None:
    heard = hears(f"toy-{ours}", feed_each)
    async with member(db, toy_kafka, heard, "worker-1", LONG) as stays:
        async with member(db, toy_kafka, heard, "worker-0", LONG) as first:
            await half_each(first, stays)
            had, kept = held(first), held(stays)
        stops.clear()
        for partition in range(PARTITIONS):  # half of them wait for the one who is away
            await send(toy_kafka, ours, record(f"{ours}{partition}"), partition=partition)
        async with member(db, toy_kafka, heard, "worker-0", LONG) as again:
            await half_each(again, stays)
            await wait_for(lambda: _lag_is_zero(again), seconds=60)
            assert (held(again), held(stays)) == (had, kept)
            assert stays not in stops
    assert await balances(db, ours) == {f"{ours}{n}": 1 for n in range(PARTITIONS)}


async def test_without_a_name_the_others_stop_as_it_goes_and_as_it_comes(
    db: Database, toy_kafka: str, ours: str, stops: list[Consumer]
) -> None:
    heard = hears(f"toy-{ours}", feed_each)
    async with member(db, toy_kafka, heard, "", LONG) as stays:
        async with member(db, toy_kafka, heard, "", LONG) as first:
            await half_each(first, stays)
        await wait_for(lambda: _has_all(stays), seconds=90)
        stops.clear()
        async with member(db, toy_kafka, heard, "", LONG) as again:
            await half_each(again, stays)
            assert stays in stops


async def test_what_one_had_that_does_not_come_back_is_handled_by_another_after_its_session(
    db: Database, toy_kafka: str, ours: str
) -> None:
    heard = hears(f"toy-{ours}", feed_each)
    async with member(db, toy_kafka, heard, "worker-1", SHORT) as stays:
        async with member(db, toy_kafka, heard, "worker-0", SHORT) as first:
            await half_each(first, stays)
        assert len(held(stays)) == PARTITIONS // 2  # nobody was told that it left
        for partition in range(PARTITIONS):
            await send(toy_kafka, ours, record(f"{ours}{partition}"), partition=partition)
        await wait_for(lambda: _has_all(stays), seconds=90)
        await wait_for(lambda: _lag_is_zero(stays), seconds=60)
    assert await balances(db, ours) == {f"{ours}{n}": 1 for n in range(PARTITIONS)}


async def _has_all(consumer: Consumer) -> bool:
    return len(held(consumer)) == PARTITIONS


def test_a_name_that_kafka_would_refuse_is_refused_at_the_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PLATFORM_SECRET", "x" * 32)
    monkeypatch.setenv("DATABASE_URL", "postgresql://x/x")
    for name, good in (("", True), ("hf-billing-worker-11", True), ("billing 0", False)):
        monkeypatch.setenv("KAFKA_GROUP_INSTANCE_ID", name)
        if good:
            assert ServiceSettings().kafka_group_instance_id == name
        else:
            with pytest.raises(ValidationError, match="KAFKA_GROUP_INSTANCE_ID"):
                ServiceSettings()


async def test_a_worker_that_comes_back_hearing_other_topics_has_its_part_of_them(
    db: Database, toy_kafka: str, ours: str
) -> None:
    """Of a release that hears more, or less. By its old name it would be given what it had."""
    heard, more = hears(f"toy-{ours}", feed_each), f"toy-more-{ours}"
    admin = AIOKafkaAdminClient(bootstrap_servers=toy_kafka)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(more, 2, 1)])
    finally:
        await admin.close()
    both = {topic_name(ours), more}
    async with member(db, toy_kafka, heard, "worker-0", SHORT):
        pass
    for topics, parts in ((both, PARTITIONS + 2), ({more}, 2)):
        heard.topics = set(topics)
        async with member(db, toy_kafka, heard, "worker-0", SHORT) as again:

            async def has_all(again: Consumer = again, parts: int = parts) -> bool:
                return len(again._subscriber.consumer.assignment()) == parts

            await wait_for(has_all, seconds=90)
