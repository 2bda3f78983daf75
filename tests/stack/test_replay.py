import asyncio
import uuid
from datetime import timedelta

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from typer.testing import CliRunner

from cli import built
from cli.kafka import read_all
from cli.main import app
from cli.replay import Begin, set_offsets
from cli.say import Ends
from shared.contracts.registration import CoursePublished
from shared.runtime.clock import wall
from shared.runtime.hears import Hears
from shared.runtime.offsets import committed
from tests.conftest import run

TOPIC = f"replayed-{uuid.uuid4().hex[:8]}"  # no service hears what these tests say


@pytest.fixture(scope="module", autouse=True)
def _topic(kafka_bootstrap: str) -> None:
    async def make() -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
        await admin.start()
        try:
            await admin.create_topics([NewTopic(TOPIC, 3, 1)])
        finally:
            await admin.close()

    run(make())


@pytest.fixture
def group(monkeypatch: pytest.MonkeyPatch) -> str:
    """A group of its own in the place of a service's."""
    hears = Hears(f"replay-{uuid.uuid4()}")
    hears.topics.add(TOPIC)
    monkeypatch.setattr(built, "hears_of", lambda _service: hears)
    return hears.consumer


async def said(bootstrap: str) -> dict[TopicPartition, int]:
    """One more record; gives the end of every partition."""
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        await producer.send_and_wait(TOPIC, b"{}", key=b"replayed")
    async with AIOKafkaConsumer(TOPIC, bootstrap_servers=bootstrap) as consumer:
        parts = [TopicPartition(TOPIC, p) for p in consumer.partitions_for_topic(TOPIC) or ()]
        return dict(await consumer.end_offsets(parts))


async def test_a_service_goes_on_from_where_it_is_told(kafka_bootstrap: str, group: str):
    ends = await said(kafka_bootstrap)
    assert await set_offsets(kafka_bootstrap, "web", Begin.END) == [TOPIC]
    assert await committed(kafka_bootstrap, group) == ends
    await set_offsets(kafka_bootstrap, "web", Begin.BEGINNING)
    begun = await committed(kafka_bootstrap, group)
    assert begun.keys() == ends.keys()
    assert sum(begun.values()) < sum(ends.values())


async def test_a_service_that_is_consuming_is_left_alone(kafka_bootstrap: str, group: str):
    await said(kafka_bootstrap)
    async with AIOKafkaConsumer(
        TOPIC, bootstrap_servers=kafka_bootstrap, group_id=group, enable_auto_commit=False
    ) as consumer:
        await consumer.getmany(timeout_ms=500)
        with pytest.raises(Ends, match="is consuming") as refused:
            await set_offsets(kafka_bootstrap, "web", Begin.BEGINNING)
    assert refused.value.code == 1
    assert await committed(kafka_bootstrap, group) == {}


def test_a_service_that_is_not_there_or_no_place_in_the_log_is_wrong_usage():
    invoke = CliRunner().invoke
    long_ago = (wall() - timedelta(days=46)).isoformat()
    for service, begin in (
        ("web", "yesterday"),
        ("web", long_ago),  # what its inbox does not remember
        ("nothing", "end"),
    ):
        ended = invoke(app, ["replay", "--service", service, "--from", begin]).exception
        assert isinstance(ended, Ends)
        assert ended.code == 2


async def test_a_service_hears_again_what_was_said_since_a_moment(kafka_bootstrap: str, group: str):
    await said(kafka_bootstrap)
    await asyncio.sleep(0.01)
    at = wall()
    await asyncio.sleep(0.01)
    ends = await said(kafka_bootstrap)
    await set_offsets(kafka_bootstrap, "web", at)
    begun = await committed(kafka_bootstrap, group)
    assert begun.keys() == ends.keys()
    assert sum(ends.values()) - sum(begun.values()) == 1, "the one that was said since"


def test_what_a_service_hears_is_read_from_its_own_composition_root():
    assert CoursePublished.topic in built.hears_of("web").topics


async def test_a_topic_is_read_whole_and_one_that_is_not_there_is_passed_over(kafka_bootstrap: str):
    """What reads nothing finds nothing wrong: invariants and dead letters stand on this."""
    mine = [f"read-{uuid.uuid4()}".encode() for _ in range(40)]
    async with AIOKafkaProducer(bootstrap_servers=kafka_bootstrap) as producer:
        for key in mine:
            await producer.send_and_wait(TOPIC, b"{}", key=key)
    topics = [TOPIC, "nobody.made-this", "web.dead-letters"]
    found = [record.key async for record in read_all(kafka_bootstrap, topics) if record.key in mine]
    assert sorted(found) == sorted(mine)
