"""The batch runtime: the one place where anything commits.

Many units (events, HTTP requests, due rows) share one transaction. A rule that refuses takes back
only its own unit; only what the database refuses makes the batch run one by one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from time import monotonic
from typing import Any, Protocol

import structlog

from shared.errors import Refusal
from shared.runtime.database import Database
from shared.runtime.failpoint import failpoint
from shared.runtime.failures import is_infrastructure, is_lone_unique_violation
from shared.runtime.flush import flush
from shared.runtime.gathered import Origin, UnplannedError
from shared.runtime.plans import Plan
from shared.runtime.prefetch import prefetch
from shared.runtime.traced import Shown, Transaction, transaction
from shared.runtime.work import Work

log = structlog.get_logger(__name__)
BREATH = 0.25  # seconds that units may take before the database hears that we live


class Unit(Protocol):
    """One thing to do: what it needs, the doing, and what a refusal or a failure means for it."""

    alone: bool

    def plan(self) -> Plan: ...
    def origin(self) -> Origin: ...
    def shown(self) -> Shown: ...
    async def call(self, work: Work) -> Any: ...
    def refused(self, work: Work, why: Refusal) -> Any: ...
    async def failed(self, why: Exception) -> Any: ...


Claim = Callable[[Work, Sequence[Unit]], Awaitable[list[bool]]]


async def run_batch(
    db: Database,
    now: datetime,
    units: Sequence[Unit],
    outcomes: list[Any],
    *,
    before: Claim | None = None,
    after_locks: Claim | None = None,
) -> list[Any]:
    """Run units, normally in one transaction; `outcomes` gets one a unit, in order.

    `before` claims units before anything is read (the inbox), `after_locks` when all rows are
    locked (due rows); each says which units are new; None is the outcome of one that is not.
    Raises infrastructure failures only: then the first `len(outcomes)` units are committed, and
    the caller waits and calls again with the others.
    """
    parts = deque(_stretches(units))
    tries = 0
    while parts:
        part = parts.popleft()
        try:
            outcomes += await _once(db, now, part, before, after_locks)
            tries = 0
        except Exception as why:
            if is_infrastructure(why):
                raise
            if len(part) > 1:
                parts.extendleft(reversed(_smaller(part, why)))
            elif _may_come_right(why) and tries < 3:
                tries += 1
                parts.appendleft(part)
            else:
                tries = 0
                outcomes.append(await part[0].failed(_cause(why)))
    return outcomes


class _SplitError(Exception):
    """A unit needs what an earlier one of its batch changed: what came before it commits first."""

    def __init__(self, place: int, cause: Exception) -> None:
        super().__init__(place)
        self.place = place
        self.cause = cause


def _stretches(units: Sequence[Unit]) -> list[Sequence[Unit]]:
    """Cut so that a unit marked alone shares its transaction with none; order is kept."""
    parts: list[Sequence[Unit]] = []
    start = 0
    for place, unit in enumerate(units):
        if unit.alone:
            parts += [units[start:place], units[place : place + 1]]
            start = place + 1
    parts.append(units[start:])
    return [part for part in parts if part]


def _smaller(part: Sequence[Unit], why: Exception) -> list[Sequence[Unit]]:
    """Two parts where the place is known, else one by one: the database does not say which."""
    if isinstance(why, _SplitError):
        place = max(1, why.place)
        return [part[:place], part[place:]]
    log.info("batch.one_by_one", units=len(part), error=type(why).__name__)
    return [[unit] for unit in part]


def _may_come_right(why: Exception) -> bool:
    """A twin inserted meanwhile, or a plan made from what has changed since: plan once more."""
    return is_lone_unique_violation(why) or isinstance(why, _SplitError)


def _cause(why: Exception) -> Exception:
    return why.cause if isinstance(why, _SplitError) else why


async def _once(
    db: Database,
    now: datetime,
    units: Sequence[Unit],
    before: Claim | None,
    after_locks: Claim | None,
) -> list[Any]:
    with transaction(units) as spans:
        return await _committed(db, now, units, before, after_locks, spans)


async def _committed(
    db: Database,
    now: datetime,
    units: Sequence[Unit],
    before: Claim | None,
    after_locks: Claim | None,
    spans: Transaction | None,
) -> list[Any]:
    async with db.acquire() as con, con.transaction():
        work = Work(con, now, db.service)
        live = await before(work, units) if before else [True] * len(units)
        failpoint("batch.claimed")
        places = [place for place, new in enumerate(live) if new]
        planned, refusals = await prefetch(work, [units[place].plan() for place in places])
        live = (
            await after_locks(work, [units[p] for p in places])
            if after_locks
            else [True] * len(places)
        )
        outcomes: list[Any] = [None] * len(units)
        heard = monotonic()
        for place, may_ask, early, new in zip(places, planned, refusals, live, strict=True):
            if not new:
                continue
            unit = units[place]
            origin = unit.origin()
            work.begin(may_ask, origin if spans is None else spans.begin(unit, origin))
            mark = work.mark()
            try:
                if early is not None:
                    raise early
                outcomes[place] = await _called(unit, work)
            except Refusal as why:
                work.back(mark)
                outcomes[place] = unit.refused(work, why)
                if spans is not None:
                    spans.refused(why.slug)
                why.__traceback__ = None  # its frames may hold it, and all of the batch
            except UnplannedError as why:
                raise _SplitError(place, why) from why
            # It ends a transaction that asks nothing for two seconds, for it cannot tell one that
            # computes from one whose process stands still.
            if monotonic() - heard > BREATH:
                await con.execute("SELECT 1")
                heard = monotonic()
        failpoint("batch.flushing")
        await flush(work)
        failpoint("batch.flushed")
    failpoint("batch.committed")
    db.committed(bool(work.said), bool(work.dues))
    return outcomes


async def _called(unit: Unit, work: Work) -> Any:
    """What ran SQL of its own is undone by a savepoint: the journal knows nothing of it."""
    if not unit.alone:
        return await unit.call(work)
    async with work.con.transaction():
        return await unit.call(work)
