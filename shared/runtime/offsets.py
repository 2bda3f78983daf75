"""Offsets of a consumer group: are there any, and where shall a group begin."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.structs import OffsetAndMetadata

from shared.runtime.clock import wall
from shared.runtime.database import Database
from shared.runtime.hears import Hears
from shared.runtime.kafka import client_of

log = structlog.get_logger(__name__)
DECIDED = "decided"  # kept beside an offset: by a person's word nothing before it is heard


async def committed(bootstrap: str, group: str) -> dict[TopicPartition, int]:
    """The offsets a group has committed."""
    admin = AIOKafkaAdminClient(**client_of(bootstrap))
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


async def begin_at(bootstrap: str, group: str, topics: Sequence[str], at: datetime) -> None:
    """Commit the first offset since that moment: what was said since is heard again."""
    await _commit(bootstrap, group, topics, at_end=False, since=at)


async def _commit(
    bootstrap: str,
    group: str,
    topics: Sequence[str],
    *,
    at_end: bool,
    since: datetime | None = None,
) -> None:
    consumer = AIOKafkaConsumer(**client_of(bootstrap), group_id=group, enable_auto_commit=False)
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
        found = await where(partitions)
        if since is not None:
            asked = dict.fromkeys(partitions, int(since.timestamp() * 1000))
            ends = await consumer.end_offsets(partitions)
            later = await consumer.offsets_for_times(asked)
            found = {tp: later[tp].offset if later[tp] else ends[tp] for tp in partitions}
        why = DECIDED if at_end else ""
        await consumer.commit({tp: OffsetAndMetadata(at, why) for tp, at in found.items()})
    finally:
        await consumer.stop()


async def without_offsets(db: Database, bootstrap: str, hears: Hears) -> str | None:
    """Why consuming must not begin, if the group lost its offsets; else makes the first ones.

    A group without offsets would begin at the start of the log. That is right for a new service,
    and wrong for one whose inbox says that it has lived (only 45 days of it protect).
    """
    if await committed(bootstrap, hears.consumer):
        return None
    async with db.acquire() as con:
        lived = await con.fetchval(
            "SELECT min(received_at) FROM inbox WHERE consumer = $1", hears.consumer
        )
    if lived is not None:
        if await committed(bootstrap, hears.consumer):  # by another worker, since we asked
            return None
        return (
            f"the consumer group {hears.consumer} has no offsets, but its inbox is not empty "
            f"(since {lived:%Y-%m-%d}): decide with `bin/holdfast replay --service "
            f"{db.service} --from beginning` or `--from end`"
        )
    await begin_at_start(bootstrap, hears.consumer, sorted(hears.topics))
    log.info("consumer.begins", consumer=hears.consumer, at=wall().isoformat())
    return None
