"""Attendance on a real Postgres of its own, its neighbours played by the events they would say.

Events go through the very consumer (inbox, batch, dead letters), deadlines through the very sweep,
requests through the app; only Kafka itself is left out, but in `test_kafka.py`.
"""

import json
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from aiokafka import ConsumerRecord

from services.attendance.app import build
from services.attendance.settings import Settings
from shared.contracts import reference
from shared.contracts.event import Event
from shared.contracts.registration import (
    CoursePublished,
    PersonRecorded,
    RegistrationConfirmed,
    RegistrationRequested,
)
from shared.runtime.clock import Clock
from shared.runtime.consumer import Consumer
from shared.runtime.envelope import headers_decoded
from shared.runtime.service import Service
from shared.runtime.sweep import Sweep
from shared.runtime.tokens import digest_of, mint

OPERATOR = "hf_test_operator-of-the-tests"
SECRET = "a secret of the tests"
COURSE = reference.COURSE_ID


class StillClock(Clock):
    """A clock that moves only when it is told to."""

    def __init__(self) -> None:
        self.time = datetime(2020, 9, 1, 13, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time


class World:
    """One service, and what the others say to it."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.clock = StillClock()
        service.clock = self.clock
        service.edge._clock = self.clock
        self.db = service.api_db
        self.consumer = Consumer(self.db, self.clock, service.hears, "127.0.0.1:1")
        self.http = self.client(OPERATOR)
        self._offset = 0

    def client(self, key: str | None = None) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self.service.app),
            base_url="http://attendance.test",
            headers={"Authorization": f"Bearer {key}"} if key else {},
        )

    # --- what others say ------------------------------------------------------------------------

    async def hears(self, *events: Event, ids: list[str] | None = None) -> None:
        """One batch of events, as from Kafka."""
        ids = ids or [str(uuid.uuid4()) for _ in events]
        await self.consumer.handle(
            [
                self.record(event.topic_of(), event.key_of(), event.payload(), event.type, id_)
                for event, id_ in zip(events, ids, strict=True)
            ]
        )

    def record(
        self, topic: str, key: str, value: bytes | None, type_: str, id_: str | None = None
    ) -> ConsumerRecord:
        self._offset += 1
        headers = [("ce_id", (id_ or str(uuid.uuid4())).encode()), ("ce_type", type_.encode())]
        size = len(value or b"")
        return ConsumerRecord(
            topic, 0, self._offset, 0, 0, key.encode(), value, None, len(key), size, headers
        )

    async def forgets(self, person_id: str) -> None:
        await self.consumer.handle(
            [self.record("registration.people", person_id, None, PersonRecorded.type)]
        )

    # --- time ------------------------------------------------------------------------------------

    async def at(self, instant: str, *, sweep: bool = True) -> None:
        """Go there, doing on the way what is due, each at its own time."""
        target = datetime.fromisoformat(instant)
        while sweep:
            async with self.db.acquire() as con:
                due = await con.fetchval("SELECT min(due_at) FROM due WHERE due_at <= $1", target)
            if due is None:
                break
            self.clock.time = max(self.clock.time, due)
            await self.swept()
        self.clock.time = max(self.clock.time, target)

    async def swept(self) -> None:
        sweep = Sweep(self.db, self.clock, self.service.dues)
        while await sweep.step():
            pass

    # --- what it says and knows -------------------------------------------------------------------

    async def said(self, type_: str | None = None) -> list[dict[str, Any]]:
        """The data of what stands in the outbox, in order; all types, or one."""
        async with self.db.acquire() as con:
            rows = await con.fetch("SELECT headers, payload FROM outbox ORDER BY id")
        return [
            json.loads(row["payload"])
            for row in rows
            if type_ is None or header(row["headers"], "ce_type") == type_
        ]

    async def outbox(self) -> list[tuple[str, bytes]]:
        async with self.db.acquire() as con:
            rows = await con.fetch("SELECT event_id::text, payload FROM outbox ORDER BY id")
        return [(row["event_id"], row["payload"]) for row in rows]

    async def settled(self) -> dict[tuple[str, str], tuple[int, bool, int]]:
        """(registration, session) → the latest (seconds, present, evidence version) said."""
        latest: dict[tuple[str, str], tuple[int, bool, int]] = {}
        for event in await self.said("attendance.settled.v1"):
            key = (event["registration_id"], event["session_id"])
            found = (event["seconds"], event["present"], event["evidence_version"])
            latest[key] = max(latest.get(key, (0, False, 0)), found, key=lambda f: f[2])
        return latest

    async def count(self, table: str) -> int:
        async with self.db.acquire() as con:
            return int(await con.fetchval(f"SELECT count(*) FROM {table}"))

    async def observe(self, *lines: Any, source: str = "sim") -> dict[str, Any]:
        body = {"source": source, "observations": list(lines)}
        answer = await self.http.post("/attendance/v1/observations", json=body)
        assert answer.status_code == 202, answer.text
        return dict(answer.json())

    async def report(self, session: str, *lines: dict[str, Any]) -> dict[str, Any]:
        answer = await self.http.post(
            f"/attendance/v1/sessions/{COURSE}/{session}/report", json={"intervals": list(lines)}
        )
        assert answer.status_code == 202, answer.text
        return dict(answer.json())

    async def complete(self, session: str, **body: Any) -> httpx.Response:
        return await self.http.post(
            f"/attendance/v1/sessions/{COURSE}/{session}/complete",
            json=body,
            headers={"Idempotency-Key": uuid.uuid4().hex},
        )

    async def view(self, session: str) -> dict[str, Any]:
        answer = await self.http.get(f"/attendance/v1/sessions/{COURSE}/{session}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def registration(self, registration_id: str) -> dict[str, dict[str, Any]]:
        """Session id → what the registration's view says of it."""
        answer = await self.http.get(f"/attendance/v1/registrations/{registration_id}")
        assert answer.status_code == 200, answer.text
        return {session["session_id"]: session for session in answer.json()["sessions"]}


def header(headers: Any, name: str) -> str:
    return dict(headers_decoded(headers))[name].decode()


def course(version: int = 1, **changes: Any) -> CoursePublished:
    return CoursePublished.model_validate(reference.COURSE | {"version": version} | changes)


def sessions(**changed: dict[str, Any]) -> list[dict[str, Any]]:
    """The reference course's sessions, some of them changed."""
    return [s | changed.get(s["session_id"], {}) for s in reference.SESSIONS]


def person_of(registration_id: str) -> str:
    return f"person-of-{registration_id}"


def requested(registration_id: str, **changes: Any) -> RegistrationRequested:
    about = {"registration_id": registration_id, "person_id": person_of(registration_id)}
    return RegistrationRequested.model_validate(RegistrationRequested.example | about | changes)


def confirmed(registration_id: str, **changes: Any) -> RegistrationConfirmed:
    about = {"registration_id": registration_id, "person_id": person_of(registration_id)}
    return RegistrationConfirmed.model_validate(RegistrationConfirmed.example | about | changes)


def of(event: type[Event], registration_id: str, **changes: Any) -> Any:
    about = {"registration_id": registration_id, "person_id": person_of(registration_id)}
    return event.model_validate(event.example | about | changes)


def saw(id_: str, kind: str, at: str, **more: Any) -> dict[str, Any]:
    """An observation of the third session, 2020-11-02 21:00–23:00Z, unless `more` says else."""
    line = {"id": id_, "kind": kind, "at": at, "meeting_id": "8800000003"}
    if "registration_id" in more and "participant_id" not in more:
        line["participant_id"] = f"p-{more['registration_id']}"
    return line | more


def token(registration_id: str, session: str, version: int = 1) -> str:
    return mint(SECRET, "join", f"{registration_id}/{session}", version)


@pytest.fixture
async def world(database: Any) -> AsyncIterator[World]:
    service = build(
        Settings(
            database_url=database("attendance"),
            platform_secret=SECRET,
            operator_key_hash=digest_of(OPERATOR),
            public_url="http://holdfast.test",
            role="api",
        )
    )
    async with service.app.router.lifespan_context(service.app):
        made = World(service)
        async with made.http:
            yield made


@pytest.fixture
async def enrolled(world: World) -> World:
    """The reference course, and two confirmed learners, on 2020-09-14."""
    await world.hears(course(), *(f(r) for r in ("ada", "ben") for f in (requested, confirmed)))
    await world.at("2020-09-14T16:00:00Z")
    return world
