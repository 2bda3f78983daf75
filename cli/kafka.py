"""Reading topics from the beginning to where they end now, without a consumer group."""

from collections.abc import AsyncIterator, Mapping, Sequence

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from shared.runtime.kafka import client_of

# A look that brings no record ends after this: what stood there may all have been compacted away.
_LOOK_MS = 100
_MANY = 5000


async def _parts(consumer: AIOKafkaConsumer, topics: Sequence[str]) -> list[TopicPartition]:
    # What the consumer itself knows of partitions is of topics that it was assigned: of none.
    there = await consumer._client.fetch_all_metadata()
    return [
        TopicPartition(topic, number)
        for topic in topics
        for number in sorted(there.partitions_for_topic(topic) or ())
    ]


async def spans(bootstrap: str, topics: Sequence[str]) -> dict[TopicPartition, tuple[int, int]]:
    """By partition of the topics that exist: the first offset that is still there, and the end."""
    consumer = AIOKafkaConsumer(**client_of(bootstrap), enable_auto_commit=False)
    try:
        await consumer.start()
        parts = await _parts(consumer, topics)
        if not parts:
            return {}
        consumer.assign(parts)  # or it learns of topics one after another
        consumer.pause(*parts)
        begins, ends = await consumer.beginning_offsets(parts), await consumer.end_offsets(parts)
    finally:
        await consumer.stop()
    return {part: (begins[part], ends[part]) for part in parts}


async def read_all(
    bootstrap: str, topics: Sequence[str], places: Mapping[tuple[str, int], int] | None = None
) -> AsyncIterator[ConsumerRecord]:
    """Every record of the topics that stands there when this begins; topics that exist only.

    Of a partition that is among the `places`, from that offset on. Nobody is waited for: where a
    partition ends is asked once, and one that was read to there is asked for nothing more.
    """
    known = dict(places or {})
    consumer = AIOKafkaConsumer(
        **client_of(bootstrap),
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=4 * 2**20,
        fetch_max_wait_ms=_LOOK_MS,
    )
    try:
        await consumer.start()
        parts = await _parts(consumer, topics)
        if not parts:
            return
        # Assigned first: of topics that are not, a consumer learns one after another.
        consumer.assign(parts)
        consumer.pause(*parts)
        ends = await consumer.end_offsets(parts)
        begins = await consumer.beginning_offsets(parts)
        begins |= {
            part: max(begins[part], known.get((part.topic, part.partition), 0)) for part in parts
        }
        left = {part for part in parts if ends[part] > begins[part]}
        if not left:
            return
        for part in left:
            consumer.seek(part, begins[part])
        # Only what holds something is fetched: a broker waits where there is nothing to give.
        consumer.resume(*left)
        while left:
            batches = await consumer.getmany(*left, timeout_ms=_LOOK_MS, max_records=_MANY)
            for part, records in batches.items():
                for record in records:
                    if record.offset < ends[part]:
                        yield record
            # The position counts what compaction removed and control records, as offsets do.
            ended = {part for part in left if await consumer.position(part) >= ends[part]}
            if ended:
                consumer.pause(*ended)
                left -= ended
    finally:
        await consumer.stop()
