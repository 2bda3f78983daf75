"""Offsets of a consumer group: are there any, and where shall a group begin."""

from __future__ import annotations

from collections.abc import Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient


async def committed(bootstrap: str, group: str) -> dict[TopicPartition, int]:
    """The offsets a group has committed."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap.split(","))
    await admin.start()
    try:
        found = await admin.list_consumer_group_offsets(group)
    finally:
        await admin.close()
    return {tp: meta.offset for tp, meta in found.items() if meta.offset >= 0}


async def begin_at_start(bootstrap: str, group: str, topics: Sequence[str]) -> None:
    """Commit the first offset of every partition, for a group without members."""
    await _commit(bootstrap, group, topics, at_end=False)


async def begin_at_end(bootstrap: str, group: str, topics: Sequence[str]) -> None:
    """Commit the end of every partition: what was said until now is not heard again."""
    await _commit(bootstrap, group, topics, at_end=True)


async def _commit(bootstrap: str, group: str, topics: Sequence[str], *, at_end: bool) -> None:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap.split(","), group_id=group, enable_auto_commit=False
    )
    await consumer.start()
    try:
        partitions = []
        for topic in topics:
            await consumer._client.add_topic(topic)
            await consumer._client.force_metadata_update()
            partitions += [
                TopicPartition(topic, p) for p in consumer.partitions_for_topic(topic) or ()
            ]
        consumer.assign(partitions)
        where = consumer.end_offsets if at_end else consumer.beginning_offsets
        await consumer.commit(await where(partitions))
    finally:
        await consumer.stop()
