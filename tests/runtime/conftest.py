"""A database with the toy's tables, and Kafka with the toy's topics."""

import asyncio
import gc
import uuid
from collections.abc import AsyncIterator, Iterator
from urllib.parse import urlsplit, urlunsplit

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import GroupCoordinatorNotAvailableError

from shared.runtime.database import Database
from tests.conftest import _execute, run
from tests.runtime import toy


@pytest.fixture(scope="module", autouse=True)
def _finalizers_run_here() -> Iterator[None]:
    """What a module left behind is finalized at its end, not in the middle of something else:
    CPython 3.11 breaks off `ast.parse` where a finalizer warns meanwhile (gh-106905)."""
    yield
    gc.collect()


@pytest.fixture(scope="session")
def toy_database(postgres_url: str) -> Iterator[str]:
    name = f"test_toy_{uuid.uuid4().hex[:12]}"
    run(_execute(postgres_url, f"create database {name}"))
    url = urlunsplit(urlsplit(postgres_url)._replace(path=f"/{name}"))
    run(toy.create(url))
    yield url
    run(_execute(postgres_url, f"drop database {name} with (force)"))


@pytest.fixture
def toy_url(toy_database: str) -> str:
    """The toy's database, empty, and nobody else in it: one for all tests, for making one takes
    longer than most of them."""
    run(toy.empty(toy_database))
    return toy_database


@pytest.fixture
async def db(toy_url: str) -> AsyncIterator[Database]:
    made = Database("toy", toy_url, size=5)
    yield made
    await made.close()


@pytest.fixture(scope="session")
def toy_kafka(kafka_server: str) -> str:
    async def create() -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=kafka_server)
        await admin.start()
        try:
            await admin.create_topics(
                [
                    NewTopic(toy.TOPIC, 6, 1),
                    NewTopic("toy.grown", 6, 1),
                    NewTopic(
                        "toy.dead-letters", 3, 1, topic_configs={"max.message.bytes": "2000000"}
                    ),
                ]
            )
            while not await coordinated(admin):
                await asyncio.sleep(0.1)
        finally:
            await admin.close()

    async def coordinated(admin: AIOKafkaAdminClient) -> bool:
        """The first group of a new Kafka waits until the topic of offsets is made."""
        try:
            await admin.find_coordinator("toy")
        except GroupCoordinatorNotAvailableError:
            return False
        return True

    run(create())
    return kafka_server
