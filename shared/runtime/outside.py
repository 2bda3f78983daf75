"""Calls to the world outside: mail, gateway, webhooks, rendering. One file for all.

1. Claim the due row (a lease, one attempt more; committed), then `prepare` on `work`: what is to
   be done, or None if nothing is left to do.
2. `act`, with no transaction open, as many at once as the kind allows.
3. `record` on `work`: succeeded, failed or unknown; it plans the next try where there is one.

A lease that ran out means *unknown*: `prepare` is called again with `due.attempts > 1`, and whoever
comes back late finds the row claimed by another and records nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import Any

import structlog

from shared.errors import Refusal
from shared.runtime import metrics
from shared.runtime.batch import Unit, run_batch
from shared.runtime.clock import Clock, wall
from shared.runtime.database import Database
from shared.runtime.due import Command, Due, Dues, Outside, due_of
from shared.runtime.failures import backoff, is_infrastructure
from shared.runtime.plans import Plan, is_alone, plan_of
from shared.runtime.sweep import LONGEST_PAUSE, origin_of
from shared.runtime.work import Origin, Work

log = structlog.get_logger(__name__)

_CLAIM = """
UPDATE due SET lease_until = $3::timestamptz + make_interval(secs => $4), attempts = attempts + 1
WHERE id IN (
  SELECT id FROM due WHERE due_at <= $1 AND kind = $2
  AND (lease_until IS NULL OR lease_until < $3) ORDER BY due_at, kind, ref LIMIT $5
  FOR UPDATE SKIP LOCKED)
RETURNING id, kind, ref, due_at, version, payload, attempts
"""
# Gone if it is still the claim we made; kept, without the lease, if it was moved while we acted.
_DONE = """
DELETE FROM due USING unnest($1::bigint[], $2::timestamptz[], $3::bigint[], $4::int[])
  AS u(id, due_at, version, attempts)
WHERE due.id = u.id AND due.due_at = u.due_at AND due.version = u.version
  AND due.attempts = u.attempts RETURNING due.id
"""
_MOVED = """
UPDATE due SET lease_until = NULL, attempts = 0
FROM unnest($1::bigint[], $2::int[]) AS u(id, attempts)
WHERE due.id = u.id AND due.attempts = u.attempts RETURNING due.id
"""
_LATER = "UPDATE due SET lease_until = $2 WHERE id = $1"


class UnknownError(Exception):
    """The outcome of a call is not known: it may have been done. `record` gets it as `error`."""


Unknown = UnknownError


@dataclass(frozen=True)
class Recorded:
    """What came of a call: the result of `act`, or the exception it raised."""

    due: Due
    request: Any
    result: Any = None
    error: Exception | None = None

    @property
    def unknown(self) -> bool:
        """It may have been done, or not."""
        return isinstance(self.error, UnknownError)


class _Unit:
    """`prepare` or `record` of one due row."""

    def __init__(self, calls: OutsideCalls, due: Due, command: Command, argument: Any) -> None:
        self.calls = calls
        self.due = due
        self.command = command
        self.argument = argument
        self.alone = is_alone(command)

    def plan(self) -> Plan:
        return plan_of(self.command, self.argument)

    def origin(self) -> Origin:
        part = f"{self.due.attempts}/{type(self.argument).__name__}"
        return origin_of(self.due, self.calls.db.service, part)

    async def call(self, work: Work) -> tuple[bool, Any]:
        return True, await self.command(work, self.argument)

    def refused(self, work: Work, why: Refusal) -> tuple[bool, Any]:
        log.info("outside.refused", kind=self.due.kind, ref=self.due.ref, reason=why.slug)
        return True, None

    async def failed(self, why: Exception) -> tuple[bool, Any]:
        pause = min(LONGEST_PAUSE, 2.0**self.due.attempts)
        log.error("outside.failed", kind=self.due.kind, ref=self.due.ref, error=type(why).__name__)
        async with self.calls.db.acquire() as con:
            await con.execute(_LATER, self.due.id, wall() + timedelta(seconds=pause))
        return False, None


class OutsideCalls:
    """All outside kinds of a service in this process."""

    def __init__(self, db: Database, clock: Clock, dues: Dues) -> None:
        self.db = db
        self.clock = clock
        self.dues = dues
        self.in_flight = 0
        self.wake = asyncio.Event()
        self._success = monotonic()
        self._running: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """For ever: claim as many as may act at once, and let them act side by side."""
        pauses = backoff(0.2, 5.0)
        while True:
            try:
                claimed = sum([await self._begin(kind) for kind in self.dues.outsides.values()])
            except Exception as why:
                log.warning("outside.waits", error=type(why).__name__, known=is_infrastructure(why))
                await asyncio.sleep(next(pauses))
                continue
            pauses = backoff(0.2, 5.0)
            self._success = monotonic()
            if not claimed:
                self.wake.clear()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self.wake.wait(), random.uniform(0.2, 0.3))

    async def step(self) -> int:
        """Claim, act and record once, and wait for it: for tests and simulations."""
        claimed = sum([await self._begin(kind) for kind in self.dues.outsides.values()])
        while self._running:
            await asyncio.gather(*self._running)
        return claimed

    async def stop(self) -> None:
        """Let what acts finish, for a while; what does not is unknown to its successor."""
        if self._running:
            await asyncio.wait(self._running, timeout=20)

    async def _begin(self, kind: Outside) -> int:
        room = kind.concurrency - sum(task.get_name() == kind.kind for task in self._running)
        if room <= 0:
            return 0
        self.in_flight += 1
        try:
            async with self.db.acquire() as con:
                rows = await con.fetch(
                    _CLAIM, self.clock.now(), kind.kind, wall(), kind.lease_seconds, room
                )
            dues = sorted((due_of(row) for row in rows), key=lambda due: (due.due_at, due.ref))
            if not dues:
                return 0
            units = [_Unit(self, due, kind.prepare, due) for due in dues]
            outcomes: list[tuple[bool, Any]] = []
            await self._through(units, outcomes)
        finally:
            self.in_flight -= 1
        nothing_left = [
            d for d, (well, r) in zip(dues, outcomes, strict=True) if well and r is None
        ]
        if nothing_left:
            await self._drop(nothing_left)
        for due, (well, request) in zip(dues, outcomes, strict=True):
            if well and request is not None:
                self.in_flight += 1
                task = asyncio.create_task(self._act(kind, due, request), name=kind.kind)
                self._running.add(task)
                task.add_done_callback(self._ended)
        return len(dues)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self.in_flight -= 1
        self.wake.set()

    async def _act(self, kind: Outside, due: Due, request: Any) -> None:
        try:
            async with asyncio.timeout(kind.lease_seconds * 0.8):
                recorded = Recorded(due, request, result=await kind.act(request))
        except TimeoutError as why:
            unknown = UnknownError(f"no answer within the lease of {kind.lease_seconds} s")
            unknown.__cause__ = why
            recorded = Recorded(due, request, error=unknown)
        except Exception as why:
            recorded = Recorded(due, request, error=why)
        outcome = "succeeded" if recorded.error is None else type(recorded.error).__name__
        metrics.outside_calls.labels(kind.kind, outcome).inc()
        await self._through([_Unit(self, due, kind.record, recorded)], [], finish=True)

    async def _through(
        self, units: Sequence[_Unit], outcomes: list[tuple[bool, Any]], *, finish: bool = False
    ) -> None:
        """The batch, again and again while the database is away; never skipped."""
        pauses = backoff(0.1, 5.0)
        todo: Sequence[Unit] = units
        while todo:
            part: list[Any] = []
            try:
                await run_batch(
                    self.db, self.clock.now(), todo, part, after_locks=finished if finish else None
                )
            except Exception as why:
                log.warning("outside.waits", error=type(why).__name__, known=is_infrastructure(why))
                await asyncio.sleep(next(pauses))
            todo = todo[len(part) :]
            outcomes += part

    async def _drop(self, dues: Sequence[Due]) -> None:
        async with self.db.acquire() as con, con.transaction():
            await _finish(con, dues)

    def ills(self) -> list[str]:
        """Why outside calls are not well."""
        quiet = monotonic() - self._success
        return [f"outside calls have not begun for {quiet:.0f} s"] if quiet > 60 else []


async def finished(work: Work, units: Sequence[Unit]) -> list[bool]:
    """End the claims of a batch; False for one that another has claimed since."""
    dues = [unit.due for unit in units if isinstance(unit, _Unit)]
    ours = await _finish(work.con, dues)
    return [due.id in ours for due in dues]


async def _finish(con: Any, dues: Sequence[Due]) -> set[int]:
    ids, attempts = [due.id for due in dues], [due.attempts for due in dues]
    gone = await con.fetch(
        _DONE, ids, [due.due_at for due in dues], [due.version for due in dues], attempts
    )
    moved = await con.fetch(_MOVED, ids, attempts)
    return {row["id"] for row in [*gone, *moved]}
