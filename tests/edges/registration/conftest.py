"""Registration on a database of its own: called over HTTP, told events, its deadlines swept."""

import uuid
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from services.registration.app import build
from services.registration.settings import Settings
from shared.dates import parse_instant
from shared.runtime.clock import Clock
from shared.runtime.service import Service
from shared.runtime.tokens import PERSONAL, digest_of, mint
from tests import stage as stages
from tests.rules.registration.course import course
from tests.stage import OPERATOR, SECRET, StillClock


class Stage(stages.Stage):
    """The service, and whatever a test does to it."""

    def __init__(self, service: Service) -> None:
        super().__init__(service)
        self.operator = self.http
        self.public = self.client()

    def client(self, key: str | None = None, path: str = "/registration/v1") -> httpx.AsyncClient:
        return super().client(key, path)

    def holder(self, registration_id: str, version: int = 1) -> httpx.AsyncClient:
        """A client with the personal token of a registration."""
        return self.client(mint(SECRET, PERSONAL, registration_id, version))

    async def publish(self, course_id: str = "attachment", **changes: Any) -> Any:
        file = course(id=course_id, **changes)
        answer = await self.operator.put(f"/courses/{course_id}", json=file)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    async def register(
        self,
        name: str = "Ada Lovelace",
        course_id: str = "attachment",
        *,
        client: httpx.AsyncClient | None = None,
        key: str | None = None,
        **changes: Any,
    ) -> httpx.Response:
        body = application(name) | changes
        return await (client or self.public).post(
            f"/courses/{course_id}/registrations",
            json={k: v for k, v in body.items() if v is not None},
            headers={"Idempotency-Key": key or str(uuid.uuid4())},
        )

    async def act(
        self, client: httpx.AsyncClient, registration_id: str, verb: str, body: Any = None
    ) -> httpx.Response:
        return await client.post(
            f"/registrations/{registration_id}/{verb}",
            json=body if body is not None else {},
            headers={"Idempotency-Key": str(uuid.uuid4())},
        )

    async def shown(self, registration_id: str) -> Any:
        answer = await self.operator.get(f"/registrations/{registration_id}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def go_to(self, instant: str) -> int:
        """Move the clock and do what is due by then; gives how many deadlines were done."""
        self.clock.time = parse_instant(instant)
        done = 0
        while more := await self.sweep.step():
            done += more
        return done

    async def go_to_without_sweeping(self, instant: str) -> None:
        """Move the clock: what is due by then has not been done yet."""
        self.clock.time = parse_instant(instant)

    async def fetch(self, statement: str, *args: Any) -> Any:
        async with self.service.api_db.acquire() as con:
            return await con.fetch(statement, *args)

    async def spoken(self, registration_id: str | None = None) -> list[tuple[str, dict[str, Any]]]:
        """What stands in the outbox, in order: (type, data); of one registration, or of all."""
        told = await self.told()
        return [(type_, data) for type_, key, data in told if registration_id in (None, key)]

    async def said_of(self, registration_id: str) -> list[str]:
        """The types said of one registration, without `registration.` and `.v1`."""
        return [
            type_.removeprefix("registration.").removesuffix(".v1")
            for type_, _ in await self.spoken(registration_id)
        ]

    async def audited(self, act: str) -> Any:
        """What the audit has of an act, in order."""
        return await self.fetch("SELECT * FROM audit WHERE act = $1 ORDER BY id", act)

    async def seats(self, course_id: str = "attachment") -> dict[str, int]:
        [row] = await self.fetch("SELECT * FROM seats WHERE course_id = $1", course_id)
        return {name: row[name] for name in ("capacity", "sold", "held", "offered", "waiting")}


def application(name: str = "Ada Lovelace") -> dict[str, Any]:
    """What a learner sends."""
    return {
        "attendee": {
            "name": name,
            "email": f"{name.split(maxsplit=1)[0].lower()}@learners.example",
            "profession": "counselor",
            "licenses": [{"state": "NY", "number": "000123"}],
            "zone": "Europe/London",
            "locale": "en-GB",
        },
        "disclosure_version": "2020-09-01",
        "payment": {"method": "card"},
    }


def service_on(url: str, clock: Clock, **more: Any) -> Service:
    """A process of the service, as the API's role has it."""
    known: dict[str, Any] = {
        "database_url": url,
        "platform_secret": SECRET,
        "operator_key_hash": digest_of(OPERATOR),
        "public_url": "http://front.test",
        "role": "api",
    }
    settings = Settings(**known | more)
    return build(settings, clock=clock)


@pytest.fixture
async def stage(database) -> AsyncIterator[Stage]:
    service = service_on(database("registration"), StillClock("2020-09-01T13:00:00Z"))
    async with service.app.router.lifespan_context(service.app):
        yield Stage(service)


@pytest.fixture
async def two(database) -> AsyncIterator[tuple[Stage, Stage]]:
    """Two processes' worth of the service on one database, each with a clock of its own."""
    url = database("registration")
    here, there = (service_on(url, StillClock("2020-09-01T13:00:00Z")) for _ in range(2))
    async with (
        here.app.router.lifespan_context(here.app),
        there.app.router.lifespan_context(there.app),
    ):
        yield Stage(here), Stage(there)
