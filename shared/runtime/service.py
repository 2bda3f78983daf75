"""A service: its rooms wired together, in one of the roles `api`, `worker` or `all`.

def build(settings: Settings) -> Service:
    return Service("billing", settings, base=Base, routers=[api.router], hears=hears, dues=dues)

if __name__ == "__main__":
    run(build(Settings()))
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from time import monotonic
from typing import Any, TypedDict

import structlog
from fastapi import APIRouter, FastAPI
from sqlmodel import SQLModel

from shared.runtime.application import application
from shared.runtime.clock import Clock, clock_of
from shared.runtime.database import Database
from shared.runtime.due import Dues
from shared.runtime.edge import Edge
from shared.runtime.fresh import Fresh
from shared.runtime.hears import Hears, own_words
from shared.runtime.ids import NewId, uuid7
from shared.runtime.presence import Release
from shared.runtime.producing import Producer
from shared.runtime.reads import Read
from shared.runtime.request_unit import Command
from shared.runtime.settings import ServiceSettings
from shared.runtime.watching import Watching, introduce
from shared.runtime.worker import Worker

log = structlog.get_logger(__name__)
CLOSING = 5.0  # seconds that what a service has opened may take to close


class Seams(TypedDict, total=False):
    """What tests and simulations give a service in place of the world's."""

    clock: Clock
    new_id: NewId
    producer: Producer
    tick: Callable[[], float]


class Service:
    """One process of a service.

    `recalls` are handlers of what it said itself, for a database that was restored from a backup
    (`restored.py`), and `restored` is a command (without an argument) that such a database begins
    with. `state` is put on `app.state` for the routes (adapters). `resources` are opened at the
    start, and closed in reverse when nothing uses them any more. `answers` are the kinds of tasks
    that only their answer ends, and how it is given (`task_list.py`). `reads` are what of its
    database is shown as metrics, by whoever works. `ending` is set once the
    process is told to stop, for whoever would wait for long. The seams (`clock`, the ids of
    requests, what the relay hands records to, the tick of pauses) are the same for all rooms.
    """

    def __init__(
        self,
        name: str,
        settings: ServiceSettings,
        *,
        base: type[SQLModel],
        routers: Sequence[APIRouter] = (),
        hears: Hears | None = None,
        recalls: Hears | None = None,
        restored: Command | None = None,
        dues: Dues | None = None,
        state: Mapping[str, Any] | None = None,
        asyncapi: Mapping[str, Any] | None = None,
        resources: Sequence[AbstractAsyncContextManager[Any]] = (),
        answers: Mapping[str, str] | None = None,
        reads: Sequence[Read] = (),
        ending: asyncio.Event | None = None,
        clock: Clock | None = None,
        new_id: NewId = uuid7,
        producer: Producer | None = None,
        tick: Callable[[], float] = monotonic,
    ) -> None:
        self.name = name
        self.answers = answers
        self.ending = ending or asyncio.Event()
        self.settings = settings
        self.base = base
        self.hears = hears or Hears(name)
        self.recalls = recalls or Hears(own_words(name))
        self.restored = restored
        self.dues = dues or Dues()
        self.clock = clock or clock_of(settings.sandbox, settings.sandbox_clock_url)
        self.new_id = new_id
        self.api_db = Database(name, settings.database_url, size=6)
        self.worker_db = Database(name, settings.database_url, size=4)
        self.backlog = self.worker_db.backlog = self.api_db.backlog
        self.runs = Release(settings.release, settings.revision)
        self.works = settings.role in ("worker", "all")
        self.api_db.committed = self.worker_db.committed = self._committed
        self.worker = Worker(
            self.worker_db,
            self.clock,
            self.hears,
            self.dues,
            settings.database_url,
            settings.kafka,
            settings.kafka_session_timeout_ms,
            producer,
            tick,
            settings.kafka_group_instance_id,
            self.runs,
        )
        self.edge = Edge(self.api_db, self.clock, new_id)
        self.fresh = Fresh(self.clock.now, tick)
        self.watching = Watching(self.api_db if self.works else None, self.clock, reads)
        self._resources = resources
        self._opened = AsyncExitStack()
        self._tasks: list[asyncio.Task[None]] = []
        self.app = application(
            self,
            routers if settings.role != "worker" else (),
            self._lifespan,
            state or {},
            asyncapi,
        )

    @contextlib.asynccontextmanager
    async def _lifespan(self, _app: FastAPI) -> AsyncIterator[None]:
        await self.start()
        try:
            yield
        finally:
            await self.stop()

    async def start(self) -> None:
        """Begin all loops of the role; nothing waits for Kafka or Postgres to be there."""
        self.ending.clear()
        async with AsyncExitStack() as opened:
            for resource in self._resources:
                await opened.enter_async_context(resource)
            self._opened = opened.pop_all()
        self._tasks = [
            asyncio.create_task(self.clock.follow(self._jumped)),
            asyncio.create_task(self.edge.serve()),
            asyncio.create_task(self.backlog.follow(self.api_db.acquire)),
        ]
        if self.works:
            self.worker.start()
        introduce(self.settings.role, self.settings.public_url, sandbox=self.clock.sandbox)
        log.info("service.started", role=self.settings.role)

    async def stop(self) -> None:
        """Graceful: no new requests come any more; finish what is in hand, then close."""
        self.ending.set()
        if self.works:
            await self.worker.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        try:
            async with asyncio.timeout(CLOSING):
                await self._opened.aclose()
        except Exception as why:
            log.warning("service.not_closed", error=type(why).__name__)
        for db in (self.api_db, self.worker_db):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(db.close(), CLOSING)
        log.info("service.stopped")

    def _jumped(self) -> None:
        if self.works:
            self.worker.wake()

    def _committed(self, said: bool, planned: bool) -> None:
        if said:  # nothing that others may read changes without a word
            self.fresh.forget()
        if self.works:
            self.worker.wake(said=said, planned=planned)

    def in_flight(self) -> int:
        """What is being done at this moment."""
        return self.edge.in_flight + (self.worker.in_flight() if self.works else 0)

    async def lag(self) -> int | None:
        """Records not yet handled by this process; 0 where it consumes nothing."""
        if not self.works or not self.hears.topics:
            return 0
        return await self.worker.consumer.lag() if self.worker.consumer else None

    async def ills(self) -> list[str]:
        """Why this process is not ready, in words."""
        found = self.worker.ills() + self.backlog.ills() if self.works else []
        found += await self.unanswered(crowded=True)
        if self.works and self.worker.consumer and await self.lag() is None:
            found.append("Kafka does not say how far the consumer is behind")
        return [ill for ill in found if ill]

    async def unanswered(self, *, crowded: bool = False) -> list[str]:
        """Why requests cannot be answered, in words. They need the database and the clock; what a
        worker beside them waits for keeps nobody from registering (decision 153). Nor does a crowd:
        taken out of the way, a process that is at work would leave its crowd to the others. It is
        told where `crowded` ones are asked for, once a connection was waited for in vain."""
        found = []
        try:
            async with asyncio.timeout(3), self.api_db.acquire() as con:
                await con.fetchval("SELECT 1 FROM outbox LIMIT 1")
        except Exception as why:
            if not (isinstance(why, TimeoutError) and self.api_db.crowded):
                found.append(f"the database does not answer ({type(why).__name__})")
            elif crowded:
                found.append("every connection to the database is at work; requests wait for one")
        try:
            self.clock.now()
        except TimeoutError as why:
            found.append(str(why))
        return found
