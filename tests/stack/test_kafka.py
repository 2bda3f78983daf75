"""Reading topics to where they end, on a real Kafka: all that stands there, and nobody waited for."""

import uuid
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from cli.kafka import read_all
from tests.journeys.traces import until

COMPACTED = {
    "cleanup.policy": "compact",
    "segment.ms": "1",
    "min.cleanable.dirty.ratio": "0.0",
    "delete.retention.ms": "0",
    "max.compaction.lag.ms": "1",
}


class Log:
    """A topic of three partitions that only this test knows."""

    def __init__(self, kafka: str) -> None:
        self.kafka = kafka
        self.topic = f"reading-{uuid.uuid4().hex[:12]}"

    async def made(self, **configs: str) -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.kafka)
        await admin.start()
        try:
            await admin.create_topics([NewTopic(self.topic, 3, 1, topic_configs=configs)])
        finally:
            await admin.close()

    async def says(self, *words: str, partition: int = 0, key: str = "k") -> None:
        async with AIOKafkaProducer(bootstrap_servers=self.kafka, acks="all") as producer:
            for word in words:
                await producer.send_and_wait(
                    self.topic, word.encode() or None, key.encode(), partition=partition
                )

    async def stands(self, **more: Any) -> list[str]:
        found = read_all(self.kafka, [self.topic], **more)
        return [(record.value or b"").decode() async for record in found]


@pytest.fixture
def log(kafka_server: str) -> Log:
    return Log(kafka_server)


async def test_only_partitions_that_hold_something_are_asked_and_none_beyond_its_end(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    await log.made()
    await log.says("a", "b", partition=0)
    await log.says("c", partition=2)
    done: list[tuple[str, list[int]]] = []
    for name in ("pause", "resume"):

        def told(
            consumer: AIOKafkaConsumer,
            *parts: TopicPartition,
            name: str = name,
            really: Any = getattr(AIOKafkaConsumer, name),
        ) -> None:
            done.append((name, sorted(part.partition for part in parts)))
            really(consumer, *parts)

        monkeypatch.setattr(AIOKafkaConsumer, name, told)
    assert sorted(await log.stands()) == ["a", "b", "c"]
    assert done[:2] == [("pause", [0, 1, 2]), ("resume", [0, 2])]
    assert sorted(n for name, parts in done[2:] if name == "pause" for n in parts) == [0, 2]


async def test_nothing_is_asked_where_nothing_stands(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    await log.made()

    async def never(*_: Any, **__: Any) -> Any:
        raise AssertionError("asked for records that there are not")

    monkeypatch.setattr(AIOKafkaConsumer, "getmany", never)
    assert await log.stands() == []
    log.topic = "nobody-made-this"
    assert await log.stands() == []


async def test_what_is_said_while_it_is_read_is_of_the_next_reading(log: Log) -> None:
    await log.made()
    await log.says("a", "b")
    found = []
    async for record in read_all(log.kafka, [log.topic]):
        found.append(record.value)
        await log.says("late", partition=0)
        await log.says("elsewhere", partition=1)
    assert found == [b"a", b"b"]


async def test_from_a_place_on_and_a_place_behind_the_end_is_none(log: Log) -> None:
    await log.made()
    await log.says("a", "b", "c", partition=1)
    assert await log.stands(places={(log.topic, 1): 1}) == ["b", "c"]
    assert await log.stands(places={(log.topic, 1): 3}) == []


async def test_ends_with_a_transaction_s_marker_or_with_what_was_compacted_away(log: Log) -> None:
    """There the last offset is of no record: it is the position that comes to the end."""
    await log.made(**COMPACTED)
    producer = AIOKafkaProducer(
        bootstrap_servers=log.kafka, transactional_id=f"of-{log.topic}", enable_idempotence=True
    )
    async with producer:
        async with producer.transaction():
            await producer.send(log.topic, b"kept", b"k", partition=0)
        await producer.begin_transaction()
        await producer.send(log.topic, b"taken back", b"other", partition=1)
        await producer.flush()
        await producer.abort_transaction()
    # As everywhere here, who reads is not told what was taken back: services send in no transaction.
    assert sorted(await log.stands()) == ["kept", "taken back"]


async def test_what_compaction_left_is_read_to_the_end(log: Log) -> None:
    await log.made(**COMPACTED)
    await log.says("1", "2", "3", partition=0, key="same")
    await log.says("", partition=0, key="same")
    await _cleans_often(log.kafka)

    async def left() -> list[str]:
        await log.says(
            "end", partition=0, key="last"
        )  # a segment that is written to is not cleaned
        found = await log.stands()
        assert found[-1] == "end"
        return [one for one in found if one != "end"]

    await until(left)


async def _cleans_often(kafka: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        broker = ConfigResource(
            ConfigResourceType.BROKER, "1", configs={"log.cleaner.backoff.ms": "200"}
        )
        await admin.alter_configs([broker])
    finally:
        await admin.close()
