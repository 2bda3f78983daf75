"""The log as it stands, read from offset to offset: by no member of a group, and nobody is waited
for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from shared.runtime.kafka import client_of
from shared.runtime.unpacking import unreadable

Spans = Mapping[TopicPartition, tuple[int, int]]
# A look that brings no record ends after this: what stood there may all have been compacted away.
_LOOK_MS = 100
_MANY = 5000


@asynccontextmanager
async def reader(bootstrap: str, group: str | None = None) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer that belongs to no group, or only commits for one without members."""
    consumer = AIOKafkaConsumer(
        **client_of(bootstrap),
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=4 * 2**20,
        fetch_max_wait_ms=_LOOK_MS,
    )
    try:
        await consumer.start()
        yield consumer
    finally:
        await consumer.stop()


async def partitions_of(consumer: AIOKafkaConsumer, topics: Iterable[str]) -> list[TopicPartition]:
    """Those of the topics that exist."""
    # What the consumer itself knows of partitions is of topics that it was assigned: of none.
    there = await consumer._client.fetch_all_metadata()
    return [
        TopicPartition(topic, number)
        for topic in topics
        for number in sorted(there.partitions_for_topic(topic) or ())
    ]


def know(consumer: AIOKafkaConsumer, parts: Iterable[TopicPartition]) -> None:
    """Have it learn of these at once (it would of one topic after another), and fetch nothing."""
    known = list(parts)
    consumer.assign(known)
    consumer.pause(*known)


class UnreadableError(Exception):
    """What stands next in a partition cannot be unpacked, so that its end is never reached."""


async def between(
    consumer: AIOKafkaConsumer, spans: Spans, passing: set[TopicPartition] | None = None
) -> AsyncIterator[ConsumerRecord]:
    """The records of these spans, the second offset not included, of partitions that the consumer
    knows. One that was read to its end is asked for nothing more.

    What cannot be read goes to `passing`, and what stands behind it is left out; where that is
    None it raises UnreadableError.
    """
    left = {part for part, (begin, end) in spans.items() if begin < end}
    if not left:
        return
    for part in left:
        consumer.seek(part, spans[part][0])
    # Only what holds something is fetched: a broker waits where there is nothing to give.
    consumer.resume(*left)
    while left:
        batches = await consumer.getmany(*left, timeout_ms=_LOOK_MS, max_records=_MANY)
        for part, records in batches.items():
            for record in records:
                if record.offset < spans[part][1]:
                    yield record
        left -= _stopped(consumer, left, passing)
        # The position counts what compaction removed and control records, as offsets do.
        ended = {part for part in left if await consumer.position(part) >= spans[part][1]}
        if ended:
            consumer.pause(*ended)
            left -= ended


def _stopped(
    consumer: AIOKafkaConsumer, of: set[TopicPartition], passing: set[TopicPartition] | None
) -> set[TopicPartition]:
    found = unreadable(consumer._subscription.subscription.assignment)
    stopped = {part for part in of if part in found}
    for part in stopped:
        if passing is None:
            where = f"{part.topic}/{part.partition}@{found[part].offset}"
            raise UnreadableError(f"{where} cannot be read") from found[part].why
        passing.add(part)
    return stopped
