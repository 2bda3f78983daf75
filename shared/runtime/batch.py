"""The batch runtime: the one place where anything commits.

Many units (events, HTTP requests, due rows) share one transaction. A rule that refuses takes back
only its own unit; only what the database refuses makes the batch run one by one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, Protocol

import structlog

from shared.errors import Refusal
from shared.runtime.database import Database
from shared.runtime.failures import is_infrastructure, is_lone_unique_violation
from shared.runtime.flush import flush
from shared.runtime.plans import Plan
from shared.runtime.prefetch import prefetch
from shared.runtime.work import Origin, UnplannedError, Work

log = structlog.get_logger(__name__)


class Unit(Protocol):
    """One thing to do: what it needs, the doing, and what a refusal or a failure means for it."""

    alone: bool

    def plan(self) -> Plan: ...  # noqa: D102
    def origin(self) -> Origin: ...  # noqa: D102
    async def call(self, work: Work) -> Any: ...  # noqa: D102
    def refused(self, work: Work, why: Refusal) -> Any: ...  # noqa: D102
    async def failed(self, why: Exception) -> Any: ...  # noqa: D102


Claim = Callable[[Work, Sequence[Unit]], Awaitable[list[bool]]]


async def run_batch(
    db: Database,
    now: datetime,
    units: Sequence[Unit],
    *,
    before: Claim | None = None,
    after_locks: Claim | None = None,
) -> list[Any]:
    """Run units in one transaction; gives one outcome a unit, in order (None: not claimed).

    `before` claims units before anything is read (the inbox), `after_locks` when all rows are
    locked (due rows); each says which units are new. Raises only infrastructure failures: the
    caller waits and calls again with the same units.
    """
    for start, part in _parts(units):
        if len(part) < len(units):
            first = await run_batch(db, now, part, before=before, after_locks=after_locks)
            rest = units[start + len(part) :]
            return first + (
                await run_batch(db, now, rest, before=before, after_locks=after_locks)
                if rest
                else []
            )
    split = len(units) if len(units) > 1 else 1
    for attempt in range(1, 4):
        try:
            return await _once(db, now, units, before, after_locks)
        except _SplitError as why:
            if len(units) > 1:
                split = max(1, why.place)
                break
            failure: Exception = why.cause
        except Exception as why:
            if is_infrastructure(why):
                raise
            failure = why
            if len(units) > 1:
                log.info("batch.one_by_one", units=len(units), error=type(why).__name__)
                split = 0
                break
            if not is_lone_unique_violation(why):
                return [await units[0].failed(why)]
        if attempt == 3:
            return [await units[0].failed(failure)]
    parts = [[unit] for unit in units] if split == 0 else [units[:split], units[split:]]
    outcomes: list[Any] = []
    for part in parts:
        outcomes += await run_batch(db, now, part, before=before, after_locks=after_locks)
    return outcomes


class _SplitError(Exception):
    """A unit needs what an earlier one of its batch changed: what came before it commits first."""

    def __init__(self, place: int, cause: Exception) -> None:
        super().__init__(place)
        self.place = place
        self.cause = cause


def _parts(units: Sequence[Unit]) -> list[tuple[int, Sequence[Unit]]]:
    """The first stretch of units that may share a transaction; one marked alone shares with none."""
    if not units:
        return []
    end = 1
    if not units[0].alone:
        while end < len(units) and not units[end].alone:
            end += 1
    return [(0, units[:end])]


async def _once(
    db: Database,
    now: datetime,
    units: Sequence[Unit],
    before: Claim | None,
    after_locks: Claim | None,
) -> list[Any]:
    async with db.acquire() as con, con.transaction():
        work = Work(con, now, db.service)
        live = await before(work, units) if before else [True] * len(units)
        places = [place for place, new in enumerate(live) if new]
        planned = await prefetch(work, [units[place].plan() for place in places])
        if after_locks:
            claimed = await after_locks(work, [units[place] for place in places])
            kept = [pair for pair, new in zip(zip(places, planned, strict=True), claimed, strict=True) if new]
        else:
            kept = list(zip(places, planned, strict=True))
        outcomes: list[Any] = [None] * len(units)
        for place, may_ask in kept:
            unit = units[place]
            work.begin(may_ask, unit.origin())
            mark = work.mark()
            try:
                outcomes[place] = await unit.call(work)
            except Refusal as why:
                work.back(mark)
                outcomes[place] = unit.refused(work, why)
            except UnplannedError as why:
                raise _SplitError(place, why) from why
        await flush(work)
    return outcomes


def run_sync(loop: asyncio.AbstractEventLoop, work: Awaitable[Any]) -> Any:
    """For scripts and tests that drive the runtime step by step."""
    return loop.run_until_complete(work)
