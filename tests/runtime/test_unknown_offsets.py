"""A coordinator that cannot say the offsets of a group, just then: nobody takes that for none."""

import asyncio
import uuid
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.conn import AIOKafkaConnection
from aiokafka.errors import GroupLoadInProgressError
from aiokafka.protocol.commit import OffsetFetchRequest, OffsetFetchResponse_v3

from shared.runtime.database import Database
from shared.runtime.offsets import begin_at_end, committed, without_offsets
from tests.runtime.test_consume import feed_each, hears

LOADING = 14  # COORDINATOR_LOAD_IN_PROGRESS


@pytest.fixture
async def lived(toy_kafka: str) -> tuple[str, TopicPartition]:
    """A group that has heard all three records of its topic."""
    topic, group = f"said-{uuid.uuid4().hex[:8]}", f"toy-{uuid.uuid4().hex[:8]}"
    admin = AIOKafkaAdminClient(bootstrap_servers=toy_kafka)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, 1, 1)])
    finally:
        await admin.close()
    async with AIOKafkaProducer(bootstrap_servers=toy_kafka) as producer:
        for _ in range(3):
            await producer.send_and_wait(topic, b"{}")
    await begin_at_end(toy_kafka, group, [topic])
    return group, TopicPartition(topic, 0)


@pytest.fixture
def loading(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The next look for offsets is answered as by a coordinator that loads; how many were asked."""
    asked: list[int] = []
    send = AIOKafkaConnection.send

    def sends(self: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(request, OffsetFetchRequest):
            return send(self, request, *args, **kwargs)
        asked.append(1)
        if len(asked) > 1:
            return send(self, request, *args, **kwargs)
        answer = asyncio.get_running_loop().create_future()
        answer.set_result(OffsetFetchResponse_v3(0, [], LOADING))
        return answer

    monkeypatch.setattr(AIOKafkaConnection, "send", sends)
    return asked


async def test_whoever_asks_is_told_that_it_cannot_be_said(
    toy_kafka: str, lived: tuple[str, TopicPartition], loading: list[int]
) -> None:
    group, part = lived
    with pytest.raises(GroupLoadInProgressError):
        await committed(toy_kafka, group)
    assert await committed(toy_kafka, group) == {part: 3}
    assert len(loading) == 2


async def test_a_consumer_asks_again_and_does_not_begin_at_the_start(
    toy_kafka: str, lived: tuple[str, TopicPartition], loading: list[int]
) -> None:
    group, part = lived
    consumer = AIOKafkaConsumer(
        part.topic,
        bootstrap_servers=toy_kafka,
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    async with consumer:
        assert await consumer.position(part) == 3
    assert len(loading) == 2


async def test_a_group_that_has_lived_is_not_set_back_to_the_start(
    db: Database, toy_kafka: str, lived: tuple[str, TopicPartition], loading: list[int]
) -> None:
    group, part = lived
    quiet = hears(group, feed_each)  # for longer than an inbox keeps: it knows nothing
    quiet.topics = {part.topic}
    with pytest.raises(GroupLoadInProgressError):
        await without_offsets(db, toy_kafka, quiet)
    assert await without_offsets(db, toy_kafka, quiet) is None
    assert await committed(toy_kafka, group) == {part: 3}
