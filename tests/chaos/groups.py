"""Consumer groups, seen from outside: has each heard what stood in its topics at a moment."""

from __future__ import annotations

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from tests.chaos.ground import Ground


class Groups:
    """`mark` the moment; then `heard` says of a group whether it is beyond it. Both raise what the
    client raises while Kafka is away."""

    def __init__(self, ground: Ground) -> None:
        self._bootstrap = ground.bootstrap
        self._ends: dict[TopicPartition, int] = {}
        self._admin: AIOKafkaAdminClient | None = None

    async def mark(self) -> None:
        consumer = AIOKafkaConsumer(bootstrap_servers=self._bootstrap, enable_auto_commit=False)
        try:
            await consumer.start()
            there = await consumer._client.fetch_all_metadata()
            parts = [
                TopicPartition(topic, number)
                for topic in there.topics()
                for number in there.partitions_for_topic(topic) or ()
            ]
            consumer.assign(parts)
            self._ends = await consumer.end_offsets(parts)
        finally:
            await consumer.stop()

    async def heard(self, group: str) -> bool:
        if self._admin is None:
            admin = AIOKafkaAdminClient(bootstrap_servers=self._bootstrap)
            try:
                await admin.start()
            except BaseException:
                await admin.close()
                raise
            self._admin = admin
        found = await self._admin.list_consumer_group_offsets(group)
        known = {tp: meta.offset for tp, meta in found.items() if meta.offset >= 0}
        return bool(known) and all(at >= self._ends.get(tp, 0) for tp, at in known.items())

    async def close(self) -> None:
        if self._admin is not None:
            await self._admin.close()
