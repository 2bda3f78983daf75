"""Web on a database of its own, its clock standing, with the owners played."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest

from services.web.app import build
from services.web.settings import Settings
from shared.contracts.event import Event
from shared.contracts.registration import CoursePublished
from shared.runtime.service import Service
from shared.runtime.tokens import PERSONAL, mint
from tests.edges.web.owners import COURSE, Played, quoted
from tests.stage import SECRET, Stage, StillClock

REGISTRATION = "0192a0b0-5c1e-7a10-8f00-00000000b001"
TOKEN = mint(SECRET, PERSONAL, REGISTRATION, 1)
Tell = Callable[[Event], Awaitable[Any]]


def open_for_registration() -> StillClock:
    """Stands at a moment when registration for the reference course is open."""
    return StillClock("2020-09-14T15:04:05Z")


@pytest.fixture
def clock() -> StillClock:
    return open_for_registration()


@pytest.fixture
def owners() -> Played:
    played = Played()
    seats = {"seats": {"capacity": 500, "left": 312, "waiting": 0}}
    played.on("GET", f"/registration/v1/courses/{COURSE}", (200, seats))
    played.on("POST", "/billing/v1/quotes", quoted)
    return played


@pytest.fixture
async def web(database, owners: Played, clock: StillClock) -> AsyncIterator[Service]:
    settings = Settings(database_url=database("web"), platform_secret=SECRET, role="api")
    service = build(settings, owners.transport(), clock=clock)
    async with service.app.router.lifespan_context(service.app):
        yield service


@pytest.fixture
def tell(web: Service) -> Tell:
    """Have web hear an event, as its consumer would."""
    return Stage(web).hears


@pytest.fixture
async def visitor(web: Service, tell: Tell) -> AsyncIterator[httpx.AsyncClient]:
    """A browser without JavaScript, after the reference course was published."""
    await tell(CoursePublished.model_validate(CoursePublished.example))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(web.app), base_url="http://web.test"
    ) as client:
        yield client
