"""Web on a database of its own, its clock standing, with the owners played."""

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from aiokafka import ConsumerRecord

from services.web.app import build
from services.web.settings import Settings
from shared.contracts.event import Event
from shared.contracts.registration import CoursePublished
from shared.runtime.clock import Clock
from shared.runtime.consumer import Consumer
from shared.runtime.service import Service
from shared.runtime.tokens import PERSONAL, mint
from tests.edges.web.owners import COURSE, Played, quoted

SECRET = "a secret of the tests"
REGISTRATION = "0192a0b0-5c1e-7a10-8f00-00000000b001"
TOKEN = mint(SECRET, PERSONAL, REGISTRATION, 1)
Tell = Callable[[Event], Awaitable[None]]


class At(Clock):
    """A clock that stands, at a moment when registration for the reference course is open."""

    def __init__(self) -> None:
        self.moment = datetime(2020, 9, 14, 15, 4, 5, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment


@pytest.fixture
def clock() -> At:
    return At()


@pytest.fixture
def owners() -> Played:
    played = Played()
    seats = {"seats": {"capacity": 500, "left": 312, "waiting": 0}}
    played.on("GET", f"/registration/v1/courses/{COURSE}", (200, seats))
    played.on("POST", "/billing/v1/quotes", quoted)
    return played


@pytest.fixture
async def web(database, owners: Played, clock: At) -> AsyncIterator[Service]:
    settings = Settings(database_url=database("web"), platform_secret=SECRET, role="api")
    service = build(settings, owners.transport())
    service.edge._clock = clock
    async with service.app.router.lifespan_context(service.app):
        yield service


@pytest.fixture
def tell(web: Service, clock: At) -> Tell:
    """Have web hear an event, as its consumer would."""

    async def told(event: Event) -> None:
        consumer = Consumer(web.api_db, clock, web.hears, "127.0.0.1:1")
        await consumer.handle([record(event)])

    return told


def record(event: Event) -> ConsumerRecord:
    headers = {"ce_id": str(uuid.uuid4()), "ce_type": event.type, "ce_source": "/registration"}
    key, value = event.key_of().encode(), event.payload()
    said: Any = [(name, text.encode()) for name, text in headers.items()]
    return ConsumerRecord(
        event.topic, 0, 0, 0, 0, key, value, None, len(key), len(value), headers=said
    )


@pytest.fixture
async def visitor(web: Service, tell: Tell) -> AsyncIterator[httpx.AsyncClient]:
    """A browser without JavaScript, after the reference course was published."""
    await tell(CoursePublished.model_validate(CoursePublished.example))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(web.app), base_url="http://web.test"
    ) as client:
        yield client
