"""What Kafka still holds of somebody who was erased, on a partition where nobody registers."""

from __future__ import annotations

import asyncio
import uuid
from datetime import timedelta

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from services.registration.commands.erasing import LATER
from shared.contracts.topics import BY_NAME

NAME = b'{"name": "Ada Lovelace"}'
LAG = 3_000  # milliseconds in place of a week
OFTEN = ConfigResource(ConfigResourceType.BROKER, "1", configs={"log.cleaner.backoff.ms": "200"})


async def values(bootstrap: str, topic: str, partition: int) -> list[bytes | None]:
    place = TopicPartition(topic, partition)
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    async with consumer:
        consumer.assign([place])
        await consumer.seek_to_beginning(place)
        [end] = (await consumer.end_offsets([place])).values()
        found: list[bytes | None] = []
        while await consumer.position(place) < end:
            for records in (await consumer.getmany(timeout_ms=200)).values():
                found += [record.value for record in records]
        return found


async def test_on_a_quiet_partition_the_end_that_is_said_once_more_is_what_ends_it(
    kafka_bootstrap: str,
) -> None:
    """Kafka never compacts what it writes to, and only a record begins another segment: neither
    `segment.ms` nor `max.compaction.lag.ms` does by itself."""
    topic = f"people-{uuid.uuid4().hex[:8]}"
    told = BY_NAME["registration.people"].configs(1) | {"max.compaction.lag.ms": str(LAG)}
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, 2, 1, topic_configs=told)])
        await admin.alter_configs([OFTEN])
    finally:
        await admin.close()
    async with AIOKafkaProducer(bootstrap_servers=kafka_bootstrap) as producer:

        async def say(partition: int, value: bytes | None) -> None:
            await producer.send_and_wait(topic, value, key=b"ada", partition=partition)

        for partition in (0, 1):
            await say(partition, NAME)
            await say(partition, None)
        await asyncio.sleep(LAG / 1000 + 1)
        await say(0, None)
        async with asyncio.timeout(60):
            while NAME in await values(kafka_bootstrap, topic, 0):
                await asyncio.sleep(0.2)
    assert await values(kafka_bootstrap, topic, 1) == [NAME, None], "here nothing was said again"


def test_it_is_said_again_when_kafka_may_compact_and_before_the_end_is_forgotten() -> None:
    told = BY_NAME["registration.people"].configs(3)
    a_day = 24 * 60 * 60 * 1000
    assert told["max.compaction.lag.ms"] == str(7 * a_day)
    assert told["delete.retention.ms"] == str(45 * a_day)
    assert timedelta(days=7) < LATER < timedelta(days=45)


def test_what_goes_after_a_month_goes_within_a_day_more() -> None:
    """Kafka deletes a segment when its last record is too old: its first may be older by a week."""
    for name in ("partners.inbound", "billing.dead-letters"):
        told = BY_NAME[name].configs(1)
        assert (told["cleanup.policy"], told["retention.ms"]) == ("delete", "2592000000"), name
        assert told["segment.ms"] == "86400000", name
