"""The relay's producer: hand records over, begin anew when it broke.

An idempotent producer comes through an outage by itself; a new one would send duplicates
(kafka-facts.md §6). But one refused batch poisons its partition until it is made anew.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Collection, Sequence
from time import monotonic
from typing import Any, Protocol

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, KafkaTimeoutError, UnknownTopicOrPartitionError

from shared.runtime import lost_connections
from shared.runtime.envelope import SHARDS, headers_decoded
from shared.runtime.kafka import client_of

HAND_OVER = 10.0  # seconds that a full buffer, or a Kafka that does not answer, is waited for
LOOK = 1.0  # seconds for which a topic that may go away by itself is taken to be there


class Producer(Protocol):
    """What the relay hands outbox rows to."""

    async def hand_over(self, rows: Sequence[Any]) -> tuple[list[Any], Exception | None]: ...
    async def drop(self, *, flush: bool = True) -> None: ...
    def ended(self) -> bool: ...


class KafkaProducer:
    """A producer that is made when it is needed."""

    def __init__(self, bootstrap: str, client_id: str) -> None:
        self._bootstrap = bootstrap
        self._client_id = client_id
        self._live: AIOKafkaProducer | None = None
        self._there: Collection[str] = ()
        self._looked = float("-inf")

    async def hand_over(self, rows: Sequence[Any]) -> tuple[list[Any], Exception | None]:
        """Give outbox rows to the producer, in order, without waiting for their delivery.

        Gives the futures of those it took, and why it refused the next one (None: it took all, or
        there was no room for more; the others come with the next round). Raises KafkaTimeoutError
        if it took none for want of Kafka.
        """
        producer = await self._producer()
        sent: list[Any] = []
        try:
            async with asyncio.timeout(HAND_OVER):
                for row in rows:
                    if row["shard"] < SHARDS:
                        await _look_for(producer, row["topic"])
                    else:
                        await self._look_again(producer, row["topic"])
                    headers = headers_decoded(row["headers"])
                    sent.append(
                        await producer.send(
                            row["topic"], row["payload"], key=row["key"], headers=headers
                        )
                    )
        except (TimeoutError, KafkaTimeoutError):
            if not sent:
                raise KafkaTimeoutError from None
        except Exception as why:
            return sent, why
        return sent, None

    async def _look_again(self, producer: AIOKafkaProducer, topic: str) -> None:
        """The same as `_look_for`, of a topic that somebody may have deleted since. What the
        producer knows is minutes old; it would try for long, and all that was handed over with it
        would be waited for."""
        now = monotonic()
        if topic not in self._there or now - self._looked > LOOK:
            self._there, self._looked = await _topics_of(producer), now
        if topic not in self._there:
            raise UnknownTopicOrPartitionError(topic)

    def ended(self) -> bool:
        """Whether what it was given will never be acknowledged, however long one waits."""
        return self._live is not None and lost_connections.ended(self._live.client)

    async def _producer(self) -> AIOKafkaProducer:
        if self.ended():
            await self.drop(flush=False)
        if self._live is None:
            made = AIOKafkaProducer(
                **client_of(self._bootstrap),
                client_id=self._client_id,
                acks="all",
                enable_idempotence=True,
                linger_ms=2,
                max_batch_size=262_144,
                max_request_size=1_900_000,
                request_timeout_ms=15_000,
            )
            try:
                async with asyncio.timeout(20):
                    await made.start()
            except BaseException as why:
                await _end(made)
                if isinstance(why, TimeoutError):
                    raise KafkaTimeoutError from why
                raise
            self._live = made
        return self._live

    async def drop(self, *, flush: bool = True) -> None:
        """Close it; without `flush` what it still holds is never sent, as far as that is ours.

        Whoever lost its shards must not send their rows later: the new owner says newer ones by
        then, and on a compacted topic the last word counts.
        """
        producer, self._live = self._live, None
        if producer is None:
            return
        if flush:
            with contextlib.suppress(Exception):
                await asyncio.wait_for(producer.stop(), 5)
        await _end(producer)


async def _look_for(producer: AIOKafkaProducer, topic: str) -> None:
    """Raise UnknownTopicOrPartitionError for a topic that Kafka does not have.

    `send` would look for it longer than HAND_OVER, and nobody could tell it from a Kafka that does
    not answer: one row for a topic that was never made would stop the relay for all.
    """
    known = producer.client.cluster.partitions_for_topic(topic) is not None
    if not known and topic not in await _topics_of(producer):
        raise UnknownTopicOrPartitionError(topic)


async def _topics_of(producer: AIOKafkaProducer) -> Collection[str]:
    """All that Kafka has at this moment, and this user may see."""
    try:
        there = await producer.client.fetch_all_metadata()
    except (KafkaError, OSError) as why:
        raise KafkaTimeoutError from why
    return frozenset(there.topics(exclude_internal_topics=False))


async def _end(producer: AIOKafkaProducer) -> None:
    """End a producer without waiting for Kafka: its sender first, then its connections."""
    producer._closed = True
    sender = producer._sender.sender_task if producer._sender is not None else None
    if sender is not None and not sender.done():
        sender.cancel()
        await asyncio.wait([sender], timeout=2)
    with contextlib.suppress(Exception):
        await asyncio.wait_for(producer.client.close(), 2)
