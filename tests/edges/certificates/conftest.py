"""Certificates on a real Postgres of its own; the neighbours are played by what they would say.

Events go through the very consumer, deadlines through the very sweep and outside calls, requests
through the app. Only Kafka itself is left out.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from aiokafka import ConsumerRecord

from services.certificates.app import build
from services.certificates.settings import Settings
from shared.contracts.event import Event
from shared.contracts.registration import PersonRecorded
from shared.runtime.clock import Clock
from shared.runtime.consumer import Consumer
from shared.runtime.envelope import headers_decoded
from shared.runtime.outside import OutsideCalls
from shared.runtime.service import Service
from shared.runtime.sweep import Sweep
from shared.runtime.tokens import PERSONAL, digest_of, mint
from tests.edges.certificates import facts

OPERATOR = "hf_test_operator-of-the-tests"
SECRET = "a secret of the tests"


class StillClock(Clock):
    """A clock that moves only when it is told to."""

    def __init__(self) -> None:
        self.time = datetime(2020, 11, 9, 23, 20, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time


class World:
    """One service, and what the others say to it."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.clock = StillClock()
        service.clock = service.edge._clock = self.clock
        self.db = service.api_db
        self.consumer = Consumer(self.db, self.clock, service.hears, "127.0.0.1:1")
        self.http = self.client(OPERATOR)
        self._offset = 0

    def client(self, key: str | None = None) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self.service.app),
            base_url="http://certificates.test",
            headers={"Authorization": f"Bearer {key}"} if key else {},
        )

    def learner(self, who: str, version: int = 1) -> httpx.AsyncClient:
        registration_id = facts.about(who)["registration_id"]
        return self.client(mint(SECRET, PERSONAL, registration_id, version))

    # --- what others say, what is due -------------------------------------------------------------

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

    async def forgets(self, who: str) -> None:
        key = facts.about(who)["person_id"]
        await self.consumer.handle(
            [self.record("registration.people", key, None, PersonRecorded.type)]
        )

    async def swept(self) -> None:
        sweep = Sweep(self.db, self.clock, self.service.dues)
        while await sweep.step():
            pass

    async def rendered(self) -> int:
        calls, done = OutsideCalls(self.db, self.clock, self.service.dues), 0
        while step := await calls.step():
            done += step
        return done

    async def rests(self) -> None:
        """Do all that is due by now."""
        await self.swept()
        await self.rendered()

    # --- what it says and shows -------------------------------------------------------------------

    async def said(self, *types: str) -> list[dict[str, Any]]:
        """The data of what stands in the outbox, in order; all types, or some."""
        async with self.db.acquire() as con:
            rows = await con.fetch("SELECT headers, payload FROM outbox ORDER BY id")
        found = []
        for row in rows:
            type_ = dict(headers_decoded(row["headers"]))["ce_type"].decode()
            if not types or type_.removesuffix(".v1") in types:
                found.append(json.loads(row["payload"]))
        return found

    async def granted(self) -> dict[tuple[str, str], str]:
        """(registration, board) → credits as last said; withheld is 0."""
        last = {}
        for event in await self.said("award.granted", "award.withheld"):
            key = (event["registration_id"], event["board"])
            last[key] = event["credits"] if "granted_at" in event else "0"
        return last

    async def rows(self, statement: str, *args: Any) -> list[dict[str, Any]]:
        async with self.db.acquire() as con:
            return [dict(row) for row in await con.fetch(statement, *args)]

    async def shown(self, who: str) -> dict[str, Any]:
        path = f"/certificates/v1/registrations/{facts.about(who)['registration_id']}"
        answer = await self.http.get(path)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def post(self, path: str, body: Any, who: str | None = None, key: str = "") -> Any:
        http = self.learner(who) if who else self.http
        headers = {"Idempotency-Key": key or str(uuid.uuid4())}
        return await http.post(path, json=body, headers=headers)

    async def evaluates(self, who: str) -> int:
        path = f"/certificates/v1/registrations/{facts.about(who)['registration_id']}/evaluation"
        answer = await self.post(path, {"answers": {"objective-1": 5, "comment": "Good."}}, who)
        assert answer.status_code < 300, answer.text
        return int(answer.status_code)

    async def claims(self, who: str, worth: Any, board: str = "ACCME") -> Any:
        path = f"/certificates/v1/registrations/{facts.about(who)['registration_id']}/claims"
        return await self.post(path, {"board": board, "credits": worth}, who)


def service_on(url: str, role: Any = "api", **changes: Any) -> Service:
    return build(
        Settings(
            database_url=url,
            platform_secret=SECRET,
            operator_key_hash=digest_of(OPERATOR),
            public_url="https://certs.example",
            role=role,
            **changes,
        )
    )


@pytest.fixture
async def world(database: Any) -> AsyncIterator[World]:
    service = service_on(database("certificates"))
    async with service._lifespan(service.app):
        yield World(service)
