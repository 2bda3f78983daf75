"""The edge of HTTP: requests that change state, many in one transaction (a micro-batch).

    return await edge.run(commands.cancel, Cancel(...), once=once, answer=as_cancelled)

One micro-batch is in flight in a process, the next fills meanwhile. Each request has its own
answer and its own refusal; one that fails spoils no other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import structlog
from fastapi import Depends, Request, Response

from shared.errors import Conflict, Unavailable
from shared.runtime import idempotency, metrics
from shared.runtime.batch import Unit, run_batch
from shared.runtime.clock import Clock
from shared.runtime.database import Database, Reader
from shared.runtime.failpoint import failpoint
from shared.runtime.failures import is_infrastructure
from shared.runtime.idempotency import Once, once_optional, once_required
from shared.runtime.ids import NewId, uuid7
from shared.runtime.problems import of_refusal
from shared.runtime.request_unit import Answer, Command, RequestUnit
from shared.runtime.work import Work

log = structlog.get_logger(__name__)
MOST = 300  # requests in one transaction
QUEUE = 3_000  # requests that wait for their turn; more are asked to come again
FEW = 16  # requests that are not parted into two batches
WAIT = 0.003  # seconds that the first of a batch waits for others
TRIES = 3  # of a batch that the database rolled back (deadlock)


class Edge:
    """The micro-batcher of a process."""

    def __init__(self, db: Database, clock: Clock, new_id: NewId = uuid7) -> None:
        self._db = db
        self._clock = clock
        self._new_id = new_id
        self._waiting: list[RequestUnit] = []
        self._arrived = asyncio.Event()
        self._since = 0.0  # when the first of those that wait came, by the loop's clock
        self.in_flight = 0

    def now(self) -> datetime:
        """Business time at receipt."""
        return self._clock.now()

    async def run(
        self, command: Command, argument: Any, *, answer: Answer, once: Once | None = None
    ) -> Response:
        """Put a command into the current micro-batch and wait for its answer.

        `answer(result)` gives (status, body); it runs inside the transaction and must be pure.
        """
        if len(self._waiting) >= QUEUE:
            raise Unavailable("busy", "Too many ask at this moment; try again soon.")
        if self._db.backlog.full:
            waits = "What was said is still to be told to the other services; try again soon."
            raise Unavailable("events-waiting", waits, retry_after=10)
        unit = RequestUnit(command, argument, once, answer, self._new_id)
        if not self._waiting:
            self._since = asyncio.get_running_loop().time()
        self._waiting.append(unit)
        self.in_flight += 1
        self._arrived.set()
        try:
            return await unit.done
        finally:
            self.in_flight -= 1

    async def serve(self) -> None:
        """For ever: take what has arrived, put it through one transaction, answer."""
        clock, before = asyncio.get_running_loop().time, 0
        while True:
            before = before if self._waiting else 0
            await self.arrived()
            await asyncio.sleep(max(0.0, self._since + WAIT - clock()))
            before = await self.step(share(before, len(self._waiting)))

    async def arrived(self) -> None:
        """Until a request waits to be taken."""
        await self._arrived.wait()

    async def step(self, most: int = MOST) -> int:
        """One micro-batch of what has arrived, without waiting; gives how many requests."""
        most = min(most, MOST)
        units, self._waiting = self._waiting[:most], self._waiting[most:]
        if not self._waiting:
            self._arrived.clear()
        try:
            await self._through(units)
        except Exception as why:
            log.exception("edge.failed")
            for unit in units:
                if not unit.done.done():
                    unit.done.set_exception(why)
        return len(units)

    async def _through(self, units: Sequence[RequestUnit]) -> None:
        todo, tries = list(units), 0
        while todo:
            outcomes: list[Any] = []
            try:
                with metrics.batch_seconds.labels("http").time():
                    await run_batch(self._db, self._clock.now(), todo, outcomes, before=_claim_keys)
                failpoint("edge.committed")
                self._answer(todo, outcomes)
                todo = []
            except Exception as why:
                self._answer(todo, outcomes)
                todo = todo[len(outcomes) :]
                tries += 1
                if not is_infrastructure(why):
                    raise
                if tries < TRIES and (getattr(why, "sqlstate", None) or "")[:2] == "40":
                    continue
                log.warning("http.away", error=type(why).__name__, requests=len(todo))
                away = Unavailable("database-away", "The database is away; try again soon.")
                self._answer(todo, [of_refusal(away) for _ in todo])
                todo = []
        if units:
            metrics.batch_units.labels("http").observe(len(units))

    def _answer(self, units: Sequence[RequestUnit], outcomes: Sequence[Any]) -> None:
        busy = Conflict("idempotency-key-in-use", "The first request with this key still runs.")
        for unit, outcome in zip(units, outcomes, strict=False):
            if not unit.done.done():
                unit.done.set_result(outcome if outcome is not None else of_refusal(busy))


def share(before: int, waiting: int) -> int:
    """How many of those that wait are taken into a batch right behind one of `before`.

    Many ask again as soon as they are answered. Were nearly all of them in one batch, nothing would
    be left to do while it waits for the database; so half of them are, and the others are answered
    and read meanwhile.
    """
    return max(FEW, -(-(before + waiting) // 2)) if before else MOST


async def _claim_keys(work: Work, units: Sequence[Unit]) -> list[bool]:
    keys = [unit.once for unit in units if isinstance(unit, RequestUnit) and unit.once is not None]
    if not keys:
        return [True] * len(units)
    ours = await idempotency.locked(work.con, keys)
    return [
        not isinstance(unit, RequestUnit) or unit.once is None or unit.once.lock in ours
        for unit in units
    ]


async def edge_of(request: Request) -> Edge:
    """FastAPI dependency: the edge of this service."""
    edge: Edge = request.app.state.edge
    return edge


async def reader_of(request: Request) -> Reader:
    """FastAPI dependency: reads for GET requests."""
    reader: Reader = request.app.state.reader
    return reader


EdgeDep = Annotated[Edge, Depends(edge_of)]
ReaderDep = Annotated[Reader, Depends(reader_of)]
RequiredOnce = Annotated[Once, Depends(once_required)]
OptionalOnce = Annotated[Once | None, Depends(once_optional)]
