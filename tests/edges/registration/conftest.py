"""Registration on a database of its own: called over HTTP, told events, its deadlines swept."""

import json
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from aiokafka import ConsumerRecord

from services.registration.app import build
from services.registration.settings import Settings
from shared.contracts.event import Event
from shared.dates import parse_instant
from shared.runtime import inbox
from shared.runtime.batch import run_batch
from shared.runtime.clock import Clock
from shared.runtime.envelope import headers_decoded
from shared.runtime.events import EventUnit
from shared.runtime.service import Service
from shared.runtime.sweep import Sweep
from shared.runtime.tokens import PERSONAL, digest_of, mint
from tests.rules.registration.course import course

OPERATOR = "hf_live_operator-of-the-tests"
SECRET = "a secret of the tests"


class SetClock(Clock):
    """Business time as the test says."""

    def __init__(self) -> None:
        self.at = datetime(2020, 9, 1, 13, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


class Stage:
    """The service, and whatever a test does to it."""

    def __init__(self, service: Service, clock: SetClock) -> None:
        self.service = service
        self.clock = clock
        self.sweep = Sweep(service.api_db, clock, service.dues)
        self.operator = self._client(OPERATOR)
        self.public = self._client(None)

    def _client(self, key: str | None) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self.service.app, raise_app_exceptions=False),
            base_url="http://registration.test/registration/v1",
            headers={"Authorization": f"Bearer {key}"} if key else {},
        )

    def holder(self, registration_id: str, version: int = 1) -> httpx.AsyncClient:
        """A client with the personal token of a registration."""
        return self._client(mint(SECRET, PERSONAL, registration_id, version))

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
        self.clock.at = parse_instant(instant)
        done = 0
        while more := await self.sweep.step():
            done += more
        return done

    async def hear(self, *events: Event, ids: list[str] | None = None) -> list[Any]:
        """Handle events as the consumer does, in one batch; gives done, dead, or None (twice)."""
        records = [
            record_of(event, event_id)
            for event, event_id in zip(
                events, ids or [str(uuid.uuid4()) for _ in events], strict=True
            )
        ]
        hears = self.service.hears
        units = [EventUnit("registration", hears, record) for record in records]
        outcomes: list[Any] = []

        async def claim(work: Any, units: Any) -> list[bool]:
            named = [(unit.event_id, unit.replay) for unit in units]
            return await inbox.claim(work.con, hears.consumer, named)

        await run_batch(self.service.api_db, self.clock.now(), units, outcomes, before=claim)
        return outcomes

    async def fetch(self, statement: str, *args: Any) -> Any:
        async with self.service.api_db.acquire() as con:
            return await con.fetch(statement, *args)

    async def said(self, registration_id: str | None = None) -> list[tuple[str, dict[str, Any]]]:
        """What stands in the outbox, in order: (type, data); of one registration, or of all."""
        rows = await self.fetch("SELECT headers, payload, key FROM outbox ORDER BY id")
        return [
            (_type(row["headers"]), json.loads(row["payload"]))
            for row in rows
            if registration_id is None or row["key"] == registration_id.encode()
        ]

    async def said_of(self, registration_id: str) -> list[str]:
        """The types said of one registration, without `registration.` and `.v1`."""
        return [
            type_.removeprefix("registration.").removesuffix(".v1")
            for type_, _ in await self.said(registration_id)
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


def record_of(event: Event, event_id: str) -> ConsumerRecord:
    headers = (("ce_id", event_id.encode()), ("ce_type", event.type.encode()))
    return ConsumerRecord(
        topic=event.topic_of(),
        partition=0,
        offset=0,
        timestamp=0,
        timestamp_type=0,
        key=event.key_of().encode(),
        value=event.model_dump_json().encode(),
        checksum=None,
        serialized_key_size=0,
        serialized_value_size=0,
        headers=headers,
    )


def _type(headers: Any) -> str:
    return dict(headers_decoded(headers))["ce_type"].decode()


@pytest.fixture
async def stage(database) -> AsyncIterator[Stage]:
    service = build(
        Settings(
            database_url=database("registration"),
            platform_secret=SECRET,
            operator_key_hash=digest_of(OPERATOR),
            public_url="http://front.test",
            role="api",
        )
    )
    clock = SetClock()
    service.clock = clock
    service.edge._clock = clock
    service.app.state.clock = clock
    async with service.app.router.lifespan_context(service.app):
        yield Stage(service, clock)
