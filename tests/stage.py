"""One service on a stage: its clock stands, its loops are stepped by hand, and nothing is Kafka.

Events go through the very intake (inbox, batch, dead letters), deadlines and outside calls through
the very loops, requests through the app. What it says is read from its outbox, or taken out of it
by its own relay, which then hands over to a `Shelf`.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

import httpx
import pytest
from aiokafka import ConsumerRecord

from shared.contracts.event import Event
from shared.contracts.registration import PersonRecorded
from shared.runtime.clock import Clock
from shared.runtime.envelope import headers_decoded
from shared.runtime.events import NotYetError
from shared.runtime.failpoint import Point, armed
from shared.runtime.service import Service

T = TypeVar("T")
OPERATOR = "hf_test_operator-of-the-tests"
SECRET = "a secret of the tests"
_DUE = """
SELECT min(due_at) FROM due WHERE due_at <= $1 AND (lease_until IS NULL OR lease_until < now())
"""


def unresting() -> Iterator[None]:
    """Steps until all is at rest. A deadline that is planned again and again would never end, and
    a test's own time limit cannot end a loop that is never long in one place."""
    for _ in range(20_000):
        yield
    raise AssertionError("It never comes to rest: something is planned again and again.")


class StillClock(Clock):
    """A clock that moves only when it is told to."""

    def __init__(self, time: str) -> None:
        self.time = datetime.fromisoformat(time).astimezone(UTC)

    def now(self) -> datetime:
        return self.time


class Killed(BaseException):
    """The end of a process: nothing catches it, nothing is said or closed."""


@contextmanager
def killed_at(point: Point) -> Iterator[None]:
    """What runs in this block dies at the point, as with a machine that loses its power."""

    def die() -> None:
        raise Killed(point)

    with armed(point, die), pytest.raises(Killed, match=point):
        yield


class Ids:
    """Ids in the order in which they were asked for, the same for the same seed."""

    def __init__(self, seed: str) -> None:
        self._space = uuid.uuid5(uuid.NAMESPACE_OID, seed)
        self._count = 0

    def __call__(self) -> str:
        self._count += 1
        return str(uuid.uuid5(self._space, str(self._count)))


class Shelf:
    """A Kafka as far as a relay can see: keeps what it is given, a topic being one partition."""

    def __init__(self) -> None:
        self.records: list[ConsumerRecord] = []
        self._offsets: dict[str, int] = {}

    async def hand_over(self, rows: Sequence[Any]) -> tuple[list[Any], None]:
        taken = [asyncio.get_running_loop().create_future() for _ in rows]
        for row, future in zip(rows, taken, strict=True):
            offset = self._offsets.get(row["topic"], 0)
            self._offsets[row["topic"]] = offset + 1
            headers = headers_decoded(row["headers"])
            self.records.append(
                record_of(row["topic"], row["key"], row["payload"], headers, offset)
            )
            future.set_result(None)
        return taken, None

    def ended(self) -> bool:
        return False

    async def drop(self, *, flush: bool = True) -> None:
        """Nothing is open."""

    def take(self) -> list[ConsumerRecord]:
        """What came since the last time, in order."""
        taken, self.records = self.records, []
        return taken


def record_of(
    topic: str, key: bytes | None, value: bytes | None, headers: Sequence[Any], offset: int
) -> ConsumerRecord:
    sizes = len(key or b""), len(value or b"")
    return ConsumerRecord(topic, 0, offset, 0, 0, key, value, None, *sizes, tuple(headers))


class Stage:
    """One service, and what a test does to it."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.clock: Any = service.clock  # a StillClock, where time is to be moved
        self.db = service.api_db
        self.edge = service.edge
        self.intake = service.worker.intake
        self.sweep = service.worker.sweep
        self.outside = service.worker.outside
        self.relay = service.worker.relay
        self.http = self.client(OPERATOR)
        self._offset = 0

    def client(self, key: str | None = None, path: str = "") -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.service.app, raise_app_exceptions=False)
        return httpx.AsyncClient(
            transport=transport,
            base_url=f"http://{self.service.name}.test{path}",
            headers={"Authorization": f"Bearer {key}"} if key else {},
        )

    # --- what others say ------------------------------------------------------------------------

    def record(
        self, topic: str, key: str, value: bytes | None, type_: str, id_: str | None = None
    ) -> ConsumerRecord:
        self._offset += 1
        headers = [("ce_id", (id_ or str(uuid.uuid4())).encode()), ("ce_type", type_.encode())]
        return record_of(topic, key.encode(), value, headers, self._offset)

    def said_by_others(self, event: Event, id_: str | None = None) -> ConsumerRecord:
        return self.record(event.topic_of(), event.key_of(), event.payload(), event.type, id_)

    async def hears(self, *events: Event, ids: Sequence[str] | None = None) -> list[Any]:
        """One batch of events, as from Kafka; gives done, dead, or None (known) for each."""
        given = ids or [str(uuid.uuid4()) for _ in events]
        pairs = zip(events, given, strict=True)
        return await self.takes([self.said_by_others(event, id_) for event, id_ in pairs])

    async def takes(self, records: Sequence[ConsumerRecord]) -> list[Any]:
        """A delivery of records, step by step until it is through."""
        delivery = self.intake.deliver(records)
        while delivery.left:
            try:
                await self.intake.step(delivery)
            except NotYetError:  # a defect: it is given up after five times
                continue
        return list(delivery.outcomes)

    async def forgets(self, person_id: str) -> None:
        """A person was erased: the end of their key."""
        await self.takes([self.record(PersonRecorded.topic, person_id, None, PersonRecorded.type)])

    # --- requests, where no loop serves them ------------------------------------------------------

    async def asks(self, method: str, path: str, **more: Any) -> httpx.Response:
        """A request, with the edge stepped as soon as it waits there."""
        return await self.stepped(self.http.request(method, path, **more))

    async def stepped(self, request: Coroutine[Any, Any, T]) -> T:
        """What comes of somebody's request, with the edge stepped here: who dies in it dies here."""
        asking = asyncio.create_task(request)
        try:
            while not asking.done():
                arrived = asyncio.create_task(self.edge.arrived())
                await asyncio.wait({asking, arrived}, return_when=asyncio.FIRST_COMPLETED)
                arrived.cancel()
                await self.edge.step()
        finally:
            asking.cancel()  # who crashed answers nobody
            await asyncio.wait({asking})
        return await asking

    # --- time -------------------------------------------------------------------------------------

    async def at(self, instant: str) -> None:
        """Go there, doing on the way what is due, each at its own time."""
        target = datetime.fromisoformat(instant)
        for _ in unresting():
            if (due := await self.value(_DUE, target)) is None:
                break
            self.clock.time = max(self.clock.time, due)
            await self.rests()
        self.clock.time = max(self.clock.time, target)

    async def rests(self) -> None:
        """Do what is due now, inside and outside, until nothing is left."""
        for _ in unresting():
            if not await self.sweep.step() + await self.outside.step():
                break

    async def swept(self) -> None:
        """Only what is done inside: nobody outside is called."""
        for _ in unresting():
            if not await self.sweep.step():
                break

    async def leases_run_out(self) -> None:
        """As if those who claimed something had died long ago."""
        await self.rows("UPDATE due SET lease_until = now() - interval '1 second' RETURNING id")

    # --- what it says and knows -------------------------------------------------------------------

    async def told(self) -> list[tuple[str, str, dict[str, Any]]]:
        """(type, key, data) of what stands in the outbox, in order."""
        found = await self.rows("SELECT headers, key, payload FROM outbox ORDER BY id")
        return [
            (header(row["headers"], "ce_type"), row["key"].decode(), json.loads(row["payload"]))
            for row in found
            if row["payload"] is not None
        ]

    async def said(self, *types: str) -> list[dict[str, Any]]:
        """The data of what stands in the outbox, in order: all of it, or of some types, for which
        `award.granted` is short for `award.granted.v1`."""
        wanted = {type_ if type_.endswith(".v1") else f"{type_}.v1" for type_ in types}
        return [data for type_, _, data in await self.told() if not wanted or type_ in wanted]

    async def rows(self, statement: str, *args: Any) -> list[dict[str, Any]]:
        async with self.db.acquire() as con:
            return [dict(row) for row in await con.fetch(statement, *args)]

    async def value(self, statement: str, *args: Any) -> Any:
        async with self.db.acquire() as con:
            return await con.fetchval(statement, *args)

    async def count(self, table: str) -> int:
        return int(await self.value(f"SELECT count(*) FROM {table}"))


def header(headers: Any, name: str) -> str:
    """A header of an outbox row, as text."""
    return (dict(headers_decoded(headers))[name] or b"").decode()
