"""Reading topics from the beginning to where they end now, without a consumer group."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from shared.runtime.spans import between, know, partitions_of, reader

T = TypeVar("T")
TRIES = 20  # half a second apart: how long a young broker may take to make its groups' topic


async def patiently(ask: Callable[[], Awaitable[T]]) -> T:
    """What is asked of a group: on a young broker the coordinator comes with the first call."""
    for left in reversed(range(TRIES)):
        try:
            return await ask()
        except KafkaError as why:
            if not (left and why.retriable):
                raise
            await asyncio.sleep(0.5)
    raise AssertionError


async def spans(bootstrap: str, topics: Sequence[str]) -> dict[TopicPartition, tuple[int, int]]:
    """By partition of the topics that exist: the first offset that is still there, and the end."""
    async with reader(bootstrap) as consumer:
        parts = await partitions_of(consumer, topics)
        if not parts:
            return {}
        know(consumer, parts)
        begins, ends = await consumer.beginning_offsets(parts), await consumer.end_offsets(parts)
    return {part: (begins[part], ends[part]) for part in parts}


async def read_all(
    bootstrap: str, topics: Sequence[str], places: Mapping[tuple[str, int], int] | None = None
) -> AsyncIterator[ConsumerRecord]:
    """Every record of the topics that stands there when this begins; topics that exist only.

    Of a partition that is among the `places`, from that offset on. Nobody is waited for: where a
    partition ends is asked once, and one that was read to there is asked for nothing more.
    """
    known = dict(places or {})
    async with reader(bootstrap) as consumer:
        parts = await partitions_of(consumer, topics)
        if not parts:
            return
        know(consumer, parts)
        ends = await consumer.end_offsets(parts)
        begins = await consumer.beginning_offsets(parts)
        wanted = {
            part: (max(begins[part], known.get((part.topic, part.partition), 0)), ends[part])
            for part in parts
        }
        async for record in between(consumer, wanted):
            yield record
