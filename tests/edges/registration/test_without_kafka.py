"""One process of role `all`, and no Kafka: it is not ready, and its door stays open."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from stack import ports
from tests.edges.registration.conftest import Stage, service_on
from tests.stage import StillClock


@pytest.fixture
async def alone(database) -> AsyncIterator[Stage]:
    nobody = f"127.0.0.1:{ports.free_port()}"
    service = service_on(
        database("registration"),
        StillClock("2020-09-01T13:00:00Z"),
        role="all",
        kafka_bootstrap_servers=nobody,
    )
    async with service.app.router.lifespan_context(service.app):
        yield Stage(service)


async def test_without_kafka_requests_are_answered_and_a_registration_is_taken(alone: Stage):
    health = alone.client(path="/registration/health")
    ready = await health.get("/ready")
    assert ready.status_code == 503
    assert any("the consumer" in reason for reason in ready.json()["reasons"])
    told = await health.get("/answers")
    assert (told.status_code, told.json()) == (
        200,
        {"status": "answers", "service": "registration", "reasons": []},
    )
    await alone.publish()
    assert (await alone.register()).status_code == 201
    assert [type_ for type_, _ in await alone.spoken()] == [
        "course.published.v1",
        "person.recorded.v1",
        "registration.requested.v1",
    ], "it waits in the outbox"


async def test_a_process_with_a_crowd_at_its_database_answers_and_says_that_it_is_crowded(
    alone: Stage,
):
    """Taken out of the way it would leave its crowd to the next one, and so on to the last."""
    health, database = alone.client(path="/registration/health"), alone.service.api_db
    async with AsyncExitStack() as crowd:
        for _ in range(database.size):
            await crowd.enter_async_context(database.acquire())
        told = await health.get("/answers")
        assert (told.status_code, told.json()["reasons"]) == (200, [])
        ready = (await health.get("/ready")).json()["reasons"]
        assert "every connection to the database is at work; requests wait for one" in ready
    assert "at work" not in str((await health.get("/ready")).json()["reasons"])
