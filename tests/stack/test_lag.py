"""`bin/holdfast lag`: what waits at a service, looked at from outside."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from typer.testing import CliRunner

from cli import built, lag
from cli.here import Here
from cli.lag import Lag, look
from cli.main import app
from cli.say import Ends
from shared.runtime.hears import Hears
from shared.runtime.offsets import begin_at_start
from shared.runtime.spans import reader

OTHER = datetime(2020, 10, 19, 20, 0, tzinfo=UTC)


class Known(Here):
    """A stack whose Kafka and whose database of billing are the tests' own."""

    kafka = ""
    urls: dict[str, str] = {}  # noqa: RUF012

    @property
    def bootstrap(self) -> str:
        return self.kafka

    @property
    def sandbox(self) -> bool:
        return False

    def database_urls(self) -> dict[str, str]:
        return self.urls


@pytest.fixture
def hears(monkeypatch: pytest.MonkeyPatch) -> Hears:
    """In the place of what each service hears."""
    hears = Hears(f"lag-{uuid.uuid4()}")
    hears.topics.add(f"lag-{uuid.uuid4()}")
    monkeypatch.setattr(built, "hears_of", lambda _service: hears)
    return hears


async def said(bootstrap: str, topic: str, *, first: datetime) -> None:
    """Five records in one of two partitions, a minute apart."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, 2, 1)])
    finally:
        await admin.close()
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        for number in range(5):
            at = int((first + timedelta(minutes=number)).timestamp() * 1000)
            await producer.send_and_wait(topic, b"{}", partition=1, timestamp_ms=at)


async def goes_to(bootstrap: str, hears: Hears, offset: int) -> None:
    [topic] = hears.topics
    async with reader(bootstrap, hears.consumer) as consumer:
        consumer.assign([TopicPartition(topic, 1)])
        await consumer.commit({TopicPartition(topic, 1): offset})


def stack(bootstrap: str, **urls: str) -> Here:
    known = Known("http://holdfast.test", "")
    object.__setattr__(known, "kafka", bootstrap)
    object.__setattr__(known, "urls", urls)
    return known


async def test_what_is_not_heard_yet_is_counted_and_its_first_is_dated(
    kafka_bootstrap: str, hears: Hears
) -> None:
    [topic] = hears.topics
    here = stack(kafka_bootstrap)
    assert await look(here, ["billing"]) == [Lag("billing", 0, None, None, None, None)]
    await said(kafka_bootstrap, topic, first=OTHER)
    await begin_at_start(kafka_bootstrap, hears.consumer, [topic])
    [whole] = await look(here, ["billing"])
    assert (whole.records, whole.oldest_at) == (5, "2020-10-19T20:00:00Z")
    await goes_to(kafka_bootstrap, hears, 3)
    [rest] = await look(here, ["billing"])
    assert (rest.records, rest.oldest_at) == (2, "2020-10-19T20:03:00Z")
    await goes_to(kafka_bootstrap, hears, 5)
    [nothing] = await look(here, ["billing"])
    assert (nothing.records, nothing.oldest_at) == (0, None)


async def test_a_service_that_never_heard_anything_has_all_of_it_to_hear(
    kafka_bootstrap: str, hears: Hears
) -> None:
    [topic] = hears.topics
    await said(kafka_bootstrap, topic, first=OTHER)
    [found] = await look(stack(kafka_bootstrap), ["billing"])
    assert found.records == 5


async def test_what_it_has_to_say_and_what_is_due_is_read_from_its_database(
    kafka_bootstrap: str, hears: Hears, database: Any
) -> None:
    url = database("billing")
    con = await asyncpg.connect(url)
    try:
        await con.execute(
            "INSERT INTO outbox (event_id, shard, topic, key, payload, headers)"
            " SELECT gen_random_uuid(), 0, 't', 'k', '1', '{}' FROM generate_series(1, 3)"
        )
        await con.execute(
            "INSERT INTO due (kind, ref, due_at, version, payload, attempts) VALUES"
            " ('a', '1', $1, 0, '{}', 0), ('a', '2', $2, 0, '{}', 0), ('a', '3', $3, 0, '{}', 0)",
            OTHER,
            OTHER + timedelta(hours=1),
            datetime.now(UTC) + timedelta(days=1),
        )
        [found] = await look(stack(kafka_bootstrap, billing=url), ["billing"])
    finally:
        await con.close()
    assert (found.outbox, found.overdue, found.overdue_since) == (3, 2, "2020-10-19T20:00:00Z")


async def test_a_database_that_does_not_answer_leaves_its_columns_empty(
    kafka_bootstrap: str, hears: Hears
) -> None:
    dead = stack(kafka_bootstrap, billing="postgresql://nobody@127.0.0.1:1/nothing")
    assert await look(dead, ["billing"]) == [Lag("billing", 0, None, None, None, None)]


ROWS = [
    Lag("billing", 12, "2020-10-19T20:00:00Z", 3, 1, "2020-10-19T20:00:00Z"),
    Lag("web", 0, None, None, None, None),
]


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> None:
    async def those(_stack: Here, services: list[str]) -> list[Lag]:
        return [one for one in ROWS if one.service in services]

    monkeypatch.setattr(lag, "here", lambda: stack("nowhere:1"))
    monkeypatch.setattr(lag, "look", those)


@pytest.mark.usefixtures("found")
def test_people_see_columns_and_programs_json() -> None:
    told = CliRunner().invoke(app, ["lag"])
    assert told.exit_code == 0
    lines = [line.split() for line in told.output.splitlines() if line.strip()]
    assert lines[0] == ["to", "hear", "oldest", "to", "say", "overdue", "since"]
    assert (lines[1][:2], lines[1][4:]) == (["billing", "12"], ["3", "1", "2020-10-19T20:00:00Z"])
    assert lines[2] == ["web", "0", "-", "-"]
    assert "it should fall" in told.output
    known: Any = json.loads(CliRunner().invoke(app, ["lag", "--service", "web", "--json"]).output)
    assert known == {
        "services": [
            {
                "service": "web",
                "records": 0,
                "oldest_at": None,
                "outbox": None,
                "overdue": None,
                "overdue_since": None,
            }
        ]
    }
    assert "Nothing waits." in CliRunner().invoke(app, ["lag", "--service", "web"]).output


def test_a_service_that_is_not_there_is_wrong_usage() -> None:
    ended = CliRunner().invoke(app, ["lag", "--service", "nothing"]).exception
    assert isinstance(ended, Ends)
    assert ended.code == 2


def test_a_kafka_that_does_not_answer_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: Any) -> list[Lag]:
        raise ConnectionRefusedError

    monkeypatch.setattr(lag, "here", lambda: stack("nowhere:1"))
    monkeypatch.setattr(lag, "look", away)
    ended = CliRunner().invoke(app, ["lag"]).exception
    assert isinstance(ended, Ends)
    assert (ended.code, "nowhere:1" in ended.message) == (3, True)
