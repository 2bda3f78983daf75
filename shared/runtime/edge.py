"""The edge of HTTP: requests that change state, many in one transaction (a micro-batch).

    return await edge.run(commands.cancel, Cancel(...), once=once, answer=as_cancelled)

One micro-batch is in flight in a process, the next fills meanwhile. Each request has its own
answer and its own refusal; one that fails spoils no other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Annotated, Any

import structlog
from fastapi import Depends, Request, Response
from pydantic_core import to_json

from shared.errors import Conflict, Refusal, Unavailable
from shared.runtime import idempotency, metrics
from shared.runtime.batch import Unit, run_batch
from shared.runtime.clock import Clock, wall
from shared.runtime.database import Database, Reader
from shared.runtime.failpoint import failpoint
from shared.runtime.failures import is_infrastructure, is_unstorable
from shared.runtime.gathered import Origin
from shared.runtime.idempotency import REPLAYED, Once, once_optional, once_required
from shared.runtime.ids import NewId, uuid7
from shared.runtime.logs import ABOUT, about
from shared.runtime.plans import Plan, is_alone, plan_of
from shared.runtime.problems import of_refusal, problem
from shared.runtime.tables import IdempotencyKey
from shared.runtime.work import Work

log = structlog.get_logger(__name__)
MOST = 300  # requests in one transaction
WAIT = 0.003  # seconds that the first of a batch waits for others
TRIES = 3  # of a batch that the database rolled back (deadlock)

Command = Callable[[Work, Any], Awaitable[Any]]
Answer = Callable[[Any], tuple[int, Any]]
_KEPT_STATUSES = frozenset({200, 201, 202, 204, 409, 422})


class _Unit:
    """One request."""

    def __init__(
        self, command: Command, argument: Any, once: Once | None, answer: Answer, new_id: NewId
    ) -> None:
        self.command = command
        self.argument = argument
        self.once = once
        self.answer = answer
        self.new_id = new_id
        self.alone = is_alone(command)
        self.done: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        self.early: Refusal | None = None  # what the plan came to
        self.about = ABOUT.get()
        self.trace = self.about.get("traceparent")
        self.correlation = self.about.get("trace_id")  # all that one request says belongs together
        self.by = self.about.get("caller", "nobody")

    def plan(self) -> Plan:
        inner = plan_of(self.command, self.argument)
        if self.once is None:
            return inner
        return self._with_key(inner, self.once)

    def _with_key(self, inner: Plan, once: Once) -> Plan:
        try:
            wanted = yield from inner
        except Refusal as why:  # the first answer to this key comes before any refusal
            self.early, wanted = why, ()
        return [*wanted, (IdempotencyKey, once.scope)]

    def origin(self) -> Origin:
        return Origin(
            new_id=lambda _name: self.new_id(),
            correlation=self.correlation,
            trace=self.trace,
            by=self.by,
        )

    async def call(self, work: Work) -> Response:
        if self.once is not None:
            first = work.get(IdempotencyKey, self.once.scope)
            if first is not None:
                idempotency.check_same(self.once, first)
                return _as_response(first.status, first.body, REPLAYED)
        if self.early is not None:
            raise self.early
        before = ABOUT.set(self.about)  # as `about`, at a third of its price
        try:
            result = await self.command(work, self.argument)
        finally:
            ABOUT.reset(before)
        status, body = self.answer(result)
        return self._kept(work, _as_response(status, body))

    def refused(self, work: Work, why: Refusal) -> Response:
        with about(self.about):
            response = of_refusal(why)
        return response if why.slug == "idempotency-key-reused" else self._kept(work, response)

    async def failed(self, why: Exception) -> Response:
        with about(self.about):
            return self._failed(why)

    def _failed(self, why: Exception) -> Response:
        if is_unstorable(why):
            return problem(422, "invalid", "The request holds a value that cannot be stored.")
        log.error("http.failed", command=self.command.__name__, exc_info=why)
        return problem(500, "internal-error", "Something went wrong on our side; it was noted.")

    def _kept(self, work: Work, response: Response) -> Response:
        if self.once is not None and response.status_code in _KEPT_STATUSES:
            body = bytes(response.body).decode()
            work.put(
                IdempotencyKey(
                    scope=self.once.scope,
                    fingerprint=self.once.fingerprint,
                    status=response.status_code,
                    body=body,
                    created_at=wall(),
                )
            )
        return response


def _as_response(status: int, body: Any, headers: dict[str, str] | None = None) -> Response:
    """`body` is JSON text where it was kept, a value where it is new."""
    if isinstance(body, str) and headers is REPLAYED:
        kind = "application/problem+json" if status >= 400 else "application/json"
        return Response(body, status, headers, media_type=kind)
    if status == 204:
        return Response(None, status)
    return Response(to_json(body), status, headers, media_type="application/json")


class Edge:
    """The micro-batcher of a process."""

    def __init__(self, db: Database, clock: Clock, new_id: NewId = uuid7) -> None:
        self._db = db
        self._clock = clock
        self._new_id = new_id
        self._waiting: list[_Unit] = []
        self._arrived = asyncio.Event()
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
        unit = _Unit(command, argument, once, answer, self._new_id)
        self._waiting.append(unit)
        self.in_flight += 1
        self._arrived.set()
        try:
            return await unit.done
        finally:
            self.in_flight -= 1

    async def serve(self) -> None:
        """For ever: take what has arrived, put it through one transaction, answer."""
        while True:
            await self.arrived()
            await asyncio.sleep(WAIT)
            await self.step()

    async def arrived(self) -> None:
        """Until a request waits to be taken."""
        await self._arrived.wait()

    async def step(self) -> int:
        """One micro-batch of what has arrived, without waiting; gives how many requests."""
        units, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
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

    async def _through(self, units: Sequence[_Unit]) -> None:
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

    def _answer(self, units: Sequence[_Unit], outcomes: Sequence[Any]) -> None:
        busy = Conflict("idempotency-key-in-use", "The first request with this key still runs.")
        for unit, outcome in zip(units, outcomes, strict=False):
            if not unit.done.done():
                unit.done.set_result(outcome if outcome is not None else of_refusal(busy))


async def _claim_keys(work: Work, units: Sequence[Unit]) -> list[bool]:
    keys = [unit.once for unit in units if isinstance(unit, _Unit) and unit.once is not None]
    if not keys:
        return [True] * len(units)
    ours = await idempotency.locked(work.con, keys)
    return [
        not isinstance(unit, _Unit) or unit.once is None or unit.once.lock in ours for unit in units
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
