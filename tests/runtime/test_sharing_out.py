"""How a group's partitions are dealt out: a worker that joins takes its part of every topic."""

import asyncio
import contextlib
import uuid
from collections import Counter

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from shared.runtime.consumer import Consumer
from shared.runtime.database import Database
from shared.runtime.hears import Hears
from tests.runtime.test_consume import consuming, feed_each, hears, wait_for

PARTITIONS = 4


@pytest.fixture
async def heard(toy_kafka: str) -> Hears:
    """A group of its own that hears four topics."""
    made = hears(f"toy-{uuid.uuid4().hex[:8]}", feed_each)
    made.topics = {f"shared-{uuid.uuid4().hex[:8]}" for _ in range(4)}
    admin = AIOKafkaAdminClient(bootstrap_servers=toy_kafka)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, PARTITIONS, 1) for topic in made.topics])
    finally:
        await admin.close()
    return made


def held(consumer: Consumer) -> Counter[str]:
    """How many partitions of each topic it has."""
    return Counter(part.topic for part in consumer._subscriber.consumer.assignment())


async def test_a_worker_that_joins_takes_half_of_each_topic_and_one_that_is_left_has_all(
    db: Database, toy_kafka: str, heard: Hears
) -> None:
    whole = dict.fromkeys(heard.topics, PARTITIONS)
    half = dict.fromkeys(heard.topics, PARTITIONS // 2)
    async with consuming(db, toy_kafka, heard) as first:

        async def alone() -> bool:
            return held(first) == whole

        await wait_for(alone, seconds=60)
        async with consuming(db, toy_kafka, heard) as second:

            async def shared() -> bool:
                return bool(held(second)) and held(first).total() + held(second).total() == 16

            await wait_for(shared, seconds=60)
            assert (held(first), held(second)) == (half, half)
        await wait_for(alone, seconds=60)


def generation(consumer: Consumer) -> int:
    """How often the group was dealt out, as this member knows."""
    return int(consumer._subscriber.consumer._coordinator.generation)


async def test_workers_that_come_together_are_dealt_out_once_and_not_for_ever(
    db: Database, toy_kafka: str, heard: Hears
) -> None:
    """A client that asks twice to join throws out who joined with it, who asks again (decision
    151): three of them went on like that until somebody stopped one."""
    async with consuming(db, toy_kafka, heard) as alone:
        assert generation(alone) == 1

    async with contextlib.AsyncExitStack() as stack:
        three = await asyncio.wait_for(
            asyncio.gather(
                *(stack.enter_async_context(consuming(db, toy_kafka, heard)) for _ in range(3))
            ),
            60,
        )

        async def settled() -> bool:
            return sorted(held(one).total() for one in three) == [5, 5, 6]

        await wait_for(settled, seconds=60)
        dealt = {generation(one) for one in three}
        assert len(dealt) == 1
        # (the one before left: 2; then one join at least, and one more for each that came late)
        assert dealt <= {3, 4, 5}
