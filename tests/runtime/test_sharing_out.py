"""How a group's partitions are dealt out: a worker that joins takes its part of every topic."""

import uuid
from collections import Counter

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor

from shared.runtime import consumer as consumer_module
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


async def test_beside_a_worker_of_an_earlier_release_a_new_one_shares_as_that_does(
    db: Database, toy_kafka: str, heard: Hears, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        before.setattr(consumer_module, "DEALT_OUT", (StickyPartitionAssignor,))
        old = consuming(db, toy_kafka, heard)
        first = await old.__aenter__()
    try:
        async with consuming(db, toy_kafka, heard) as second:

            async def shared() -> bool:
                return held(first).total() == held(second).total() == 8

            await wait_for(shared, seconds=60)
    finally:
        await old.__aexit__(None, None, None)
