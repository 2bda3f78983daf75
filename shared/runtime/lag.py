"""What a consumer group has not yet handled, in all partitions, whoever owns them at the moment.

Counted from the committed offsets, not from a consumer's position: that one runs ahead of records
which are in hand, and knows nothing of partitions whose owner has just died.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from math import nan
from time import monotonic

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from shared.runtime import metrics
from shared.runtime.ages import Ages
from shared.runtime.kafka import client_of

PATIENCE = 5.0  # seconds for an answer


class GroupLag:
    """Asks on a connection of its own: the consumer's waits behind its long poll."""

    def __init__(self, bootstrap: str, group: str, topics: Collection[str]) -> None:
        self._bootstrap = bootstrap
        self._group = group
        self._topics = sorted(topics)
        self._asking: AIOKafkaConsumer | None = None
        self._looked = 0.0  # monotonic time of the last answer
        self._stands: dict[TopicPartition, tuple[int, float]] = {}  # behind: committed, since when
        self._ages: defaultdict[TopicPartition, Ages] = defaultdict(Ages)
        # (topic, partition) → committed and end, as of the last look; none while it is not known.
        self.places: dict[tuple[str, int], tuple[int, int]] | None = None
        self._turn = asyncio.Lock()

    async def now(self) -> int | None:
        """Records said and not yet handled; None while that cannot be known."""
        async with self._turn:
            try:
                async with asyncio.timeout(PATIENCE):
                    lag = await self._count()
            except (KafkaError, OSError, TimeoutError, AssertionError):
                await self.close()  # the next one asks on a fresh connection
                self.places = None
                metrics.kafka_away.set(1)
                metrics.consumer_lag.set(nan)  # nobody knows, and what it was says nothing
                metrics.consumer_oldest.set(nan)
                return None
        metrics.kafka_away.set(0)
        metrics.consumer_lag.set(lag)
        return lag

    async def _count(self) -> int:
        if self._asking is None:
            # It never subscribes, so it is no member of the group and costs no rebalance.
            made = AIOKafkaConsumer(
                **client_of(self._bootstrap),
                group_id=self._group,
                enable_auto_commit=False,
            )
            self._asking = made
            await made.start()
            await made._client.set_topics(self._topics)
        asking = self._asking
        partitions = [
            TopicPartition(topic, number)
            for topic in self._topics
            for number in asking.partitions_for_topic(topic) or ()
        ]
        if not partitions:
            return 0
        # Committed first: what is said and handled in between makes the answer no smaller than it
        # was at the beginning.
        committed = await asking._coordinator.fetch_committed_offsets(partitions)
        known = {tp: meta.offset for tp, meta in committed.items() if meta.offset >= 0}
        unknown = [tp for tp in partitions if tp not in known]
        if unknown:
            known.update(await asking.beginning_offsets(unknown))
        ends = await asking.end_offsets(partitions)
        self.places = {(tp.topic, tp.partition): (known[tp], ends[tp]) for tp in partitions}
        self._note({tp: known[tp] for tp in partitions if ends[tp] > known[tp]})
        ages = [self._ages[tp].age(known[tp], ends[tp], self._looked) for tp in partitions]
        metrics.consumer_oldest.set(max(ages))
        return sum(max(0, ends[tp] - known[tp]) for tp in partitions)

    def _note(self, behind: Mapping[TopicPartition, int]) -> None:
        before, self._looked = self._stands, monotonic()
        self._stands = {
            tp: before[tp] if tp in before and before[tp][0] == offset else (offset, self._looked)
            for tp, offset in behind.items()
        }

    def standing(
        self, partitions: Iterable[TopicPartition], seconds: float, since: float = 0.0
    ) -> list[TopicPartition]:
        """Of these, the ones with something to handle of which nothing was, for so long; what was
        before `since` (monotonic) does not count."""
        return [
            tp
            for tp in partitions
            if tp in self._stands and self._looked - max(self._stands[tp][1], since) > seconds
        ]

    async def close(self) -> None:
        """Close the connection."""
        asking, self._asking = self._asking, None
        if asking is not None:
            with contextlib.suppress(Exception):
                await asyncio.wait_for(asking.stop(), 2)
