"""The sweep: does what is due by business time, as units of a batch.

Due rows are the last thing a batch locks: they are looked at without a lock, the rows their
commands need are locked, then the due rows are taken (and what another has taken or moved
meanwhile is left alone). So a sweep cannot deadlock with a command that plans or drops a deadline.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Sequence
from time import monotonic
from typing import Any

import structlog
from opentelemetry.trace import SpanKind

from shared.errors import Refusal
from shared.runtime import metrics
from shared.runtime.batch import Unit, run_batch
from shared.runtime.clock import Clock
from shared.runtime.database import Database
from shared.runtime.deadlines import COLUMNS, LANES, origin_of, pause_after
from shared.runtime.due import Command, Due, Dues, due_of
from shared.runtime.failpoint import failpoint
from shared.runtime.failures import backoff, is_infrastructure
from shared.runtime.gathered import Origin
from shared.runtime.plans import Plan, is_alone, plan_of
from shared.runtime.traced import Attributes, Shown
from shared.runtime.work import Work

log = structlog.get_logger(__name__)
ROWS = 300

_LOOK = f"""
{LANES}
SELECT d.* FROM lanes l CROSS JOIN LATERAL (
  SELECT {COLUMNS} FROM due WHERE due.kind = l.kind AND due.lane = l.lane AND due_at <= $1
  AND (lease_until IS NULL OR lease_until < now()) ORDER BY due_at, ref LIMIT $3) d
ORDER BY d.due_at, d.kind, d.ref LIMIT $3
"""
_TAKE = """
DELETE FROM due WHERE id IN (
  SELECT d.id FROM due d
  JOIN unnest($1::bigint[], $2::timestamptz[], $3::bigint[]) AS u(id, due_at, version)
    ON d.id = u.id AND d.due_at = u.due_at AND d.version = u.version
  ORDER BY d.kind, d.ref FOR UPDATE OF d)
RETURNING id
"""
# Leases are told by the database's clock, the one clock that all processes share.
_LATER = """
UPDATE due SET attempts = attempts + 1, lease_until = now() + make_interval(secs => $2)
WHERE id = $1
"""


class DueUnit:
    """One deadline that has come."""

    def __init__(self, db: Database, due: Due, command: Command) -> None:
        self._db = db
        self.due = due
        self.command = command
        self.alone = is_alone(command)

    def plan(self) -> Plan:
        """What the command needs."""
        return plan_of(self.command, self.due)

    def origin(self) -> Origin:
        """Ids of this deadline."""
        return origin_of(self.due, self._db.service)

    def shown(self) -> Shown:
        """A deadline of this kind; not of whom."""
        kind, attempt = self.due.kind, self.due.attempts + 1
        told: Attributes = {"holdfast.due.kind": kind, "holdfast.due.attempt": attempt}
        return Shown(f"sweep {kind}", SpanKind.INTERNAL, told)

    async def call(self, work: Work) -> bool:
        """Do it, unless an earlier deadline of this batch has just moved or dropped it."""
        if (self.due.kind, self.due.ref) in work.dues:
            return True
        await self.command(work, self.due)
        metrics.due_done.labels(self.due.kind).inc()
        return True

    def refused(self, work: Work, why: Refusal) -> bool:
        """A rule found that there is nothing to do any more."""
        log.info("due.refused", kind=self.due.kind, ref=self.due.ref, reason=why.slug)
        return True

    async def failed(self, why: Exception) -> bool:
        """A defect: the others go on, this one is tried again later, for ever, and is seen."""
        pause = pause_after(self.due.attempts + 1)
        log.error("due.failed", kind=self.due.kind, ref=self.due.ref, error=type(why).__name__)
        async with self._db.acquire() as con:
            await con.execute(_LATER, self.due.id, pause)
        return False


class Sweep:
    """The sweep of inside kinds in this process."""

    def __init__(self, db: Database, clock: Clock, dues: Dues) -> None:
        self.db = db
        self.clock = clock
        self.dues = dues
        self.busy = False
        self._size = ROWS
        self.wake = asyncio.Event()
        self._success = monotonic()

    async def run(self) -> None:
        """For ever; looks about twice a second, at once after a jump of the clock."""
        pauses = backoff(0.2, 5.0)
        while True:
            self.wake.clear()  # before the look: what is planned during it wakes the next
            try:
                done = await self.step()
            except Exception as why:
                log.warning("sweep.waits", error=type(why).__name__, known=is_infrastructure(why))
                await asyncio.sleep(next(pauses))
                continue
            pauses = backoff(0.2, 5.0)
            self._success = monotonic()
            if not done:
                with contextlib.suppress(
                    TimeoutError
                ):  # no wait_for: it can swallow a cancellation
                    async with asyncio.timeout(random.uniform(0.4, 0.6)):
                        await self.wake.wait()

    async def step(self) -> int:
        """Do what is due now, at most 300; gives how many were done."""
        if not self.dues.insides:
            return 0
        self.db.backlog.check()
        now = self.clock.now()
        async with self.db.acquire() as con:
            rows = await con.fetch(_LOOK, now, list(self.dues.insides), self._size)
        units = [DueUnit(self.db, due_of(row), self.dues.insides[row["kind"]]) for row in rows]
        if not units:
            return 0
        outcomes: list[Any] = []
        self.busy = True  # not for the look: it comes twice a second, and what is due is counted
        try:
            await run_batch(self.db, now, units, outcomes, after_locks=take)
        except Exception:
            self._size = max(1, self._size // 2)  # too much for the time-outs, perhaps
            raise
        finally:
            self.busy = False
        self._size = min(ROWS, self._size * 2)
        metrics.batch_units.labels("due").observe(len(units))
        return sum(1 for outcome in outcomes if outcome)

    def ills(self) -> list[str]:
        """Why the sweep is not well."""
        quiet = monotonic() - self._success
        return [f"the sweep has not come through for {quiet:.0f} seconds"] if quiet > 30 else []


async def take(work: Work, units: Sequence[Unit]) -> list[bool]:
    """Take the due rows of a batch; what is gone or was moved is not ours."""
    dues = [unit.due for unit in units if isinstance(unit, DueUnit)]
    rows = await work.con.fetch(
        _TAKE,
        [due.id for due in dues],
        [due.due_at for due in dues],
        [due.version for due in dues],
    )
    failpoint("sweep.taken")
    taken = {row["id"] for row in rows}
    return [due.id in taken for due in dues]
