"""Reading topics from the beginning to where they end now, without a consumer group."""

from collections.abc import AsyncIterator, Mapping, Sequence

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from shared.runtime.kafka import client_of

_WAIT_MS = 2000
_MANY = 5000


async def read_all(
    bootstrap: str, topics: Sequence[str], places: Mapping[tuple[str, int], int] | None = None
) -> AsyncIterator[ConsumerRecord]:
    """Every record of the topics that stands there when this begins; topics that exist only.

    Of a partition that is among the `places`, from that offset on.
    """
    known = dict(places or {})
    consumer = AIOKafkaConsumer(
        **client_of(bootstrap),
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=4 * 2**20,
    )
    try:
        await consumer.start()
        # What the consumer itself knows of partitions is of topics that it was assigned: of none.
        there = await consumer._client.fetch_all_metadata()
        parts = [
            TopicPartition(topic, number)
            for topic in topics
            for number in sorted(there.partitions_for_topic(topic) or ())
        ]
        if not parts:
            return
        consumer.assign(parts)
        ends = await consumer.end_offsets(parts)
        begins = await consumer.beginning_offsets(parts)
        begins |= {
            part: max(begins[part], known.get((part.topic, part.partition), 0)) for part in parts
        }
        open_parts = {part for part in parts if ends[part] > begins[part]}
        for part in open_parts:
            consumer.seek(part, begins[part])
        while open_parts:
            batches = await consumer.getmany(*open_parts, timeout_ms=_WAIT_MS, max_records=_MANY)
            for part, records in batches.items():
                for record in records:
                    if record.offset < ends[part]:
                        yield record
            # The position counts what compaction removed and control records, as offsets do.
            for part in list(open_parts):
                if await consumer.position(part) >= ends[part]:
                    open_parts.discard(part)
    finally:
        await consumer.stop()
