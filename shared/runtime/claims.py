"""Claims of deadlines whose kind acts on the world: leases, and the two transactions around a call.

A lease is told by the database's clock, the one clock that all processes share; how long it still
is ours, a process tells by its own monotonic one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any

import structlog
from opentelemetry.trace import SpanKind

from shared.errors import Refusal
from shared.runtime.batch import Unit
from shared.runtime.database import Database
from shared.runtime.deadlines import COLUMNS, LANES, origin_of, pause_after
from shared.runtime.due import Command, Due, Outside, due_of
from shared.runtime.gathered import UNBEGUN, Origin
from shared.runtime.plans import Plan, is_alone, plan_of
from shared.runtime.traced import Attributes, Shown
from shared.runtime.work import Work

log = structlog.get_logger(__name__)

# The most urgent of each lane, as many as it has room for beside its calls that are under way ($6,
# $7), and of all these the most urgent.
_CLAIM = f"""
{LANES}, urgent AS (
  SELECT d.id FROM lanes l
  LEFT JOIN unnest($6::text[], $7::int[]) AS acting(lane, calls) ON acting.lane = l.lane
  CROSS JOIN LATERAL (
    SELECT id, due_at, ref FROM due WHERE due.kind = l.kind AND due.lane = l.lane AND due_at <= $1
    AND (lease_until IS NULL OR lease_until < now()) ORDER BY due_at, ref
    LIMIT greatest(0, $5 - coalesce(acting.calls, 0))) d
  ORDER BY d.due_at, d.ref LIMIT $4
)
UPDATE due SET lease_until = now() + make_interval(secs => $3), attempts = attempts + 1
WHERE id IN (
  SELECT id FROM due WHERE id IN (SELECT id FROM urgent) AND due_at <= $1
  AND (lease_until IS NULL OR lease_until < now()) FOR UPDATE SKIP LOCKED)
RETURNING {COLUMNS}
"""
# Before anybody acts: is the claim still ours? It may have run out while the database was away. Of
# a kind that says when it begins it is kept that nothing was done, unless by an earlier claim. From
# this very moment, for its transaction may have waited long for its locks.
_RENEW = f"""
UPDATE due SET lease_until = clock_timestamp() + make_interval(secs => $3), payload = CASE
  WHEN $4 AND (due.attempts = 1 OR due.payload ? '{UNBEGUN}')
  THEN due.payload || '{{"{UNBEGUN}": true}}' ELSE due.payload END
FROM unnest($1::bigint[], $2::int[]) AS u(id, attempts)
WHERE due.id = u.id AND due.attempts = u.attempts RETURNING due.id
"""
_BEGIN = f"""
UPDATE due SET lease_until = now() + make_interval(secs => $3), payload = due.payload - '{UNBEGUN}'
FROM unnest($1::bigint[], $2::int[]) AS u(id, attempts)
WHERE due.id = u.id AND due.attempts = u.attempts RETURNING due.id
"""
# Gone if it is still the claim we made, or was dropped while we acted; kept, without the lease, if
# it was moved while we acted.
_DONE = """
DELETE FROM due USING unnest($1::bigint[], $2::timestamptz[], $3::bigint[], $4::int[])
  AS u(id, due_at, version, attempts)
WHERE due.id = u.id AND due.attempts = u.attempts
  AND (due.due_at = u.due_at AND due.version = u.version OR due.due_at = 'infinity')
RETURNING due.id
"""
_MOVED = """
UPDATE due SET lease_until = NULL, attempts = 0
FROM unnest($1::bigint[], $2::int[]) AS u(id, attempts)
WHERE due.id = u.id AND due.attempts = u.attempts RETURNING due.id
"""
# Whoever plans many deadlines locks them in this order (`flush.py`).
_IN_ORDER = "SELECT FROM due WHERE id = ANY($1) ORDER BY kind, ref FOR UPDATE"
_LATER = """
UPDATE due SET lease_until = now() + make_interval(secs => $3) WHERE id = $1 AND attempts = $2
"""


class UnknownError(Exception):
    """The outcome of a call is not known: it may have been done. `record` gets it as `error`."""


Unknown = UnknownError


class UnrecordedError(Exception):
    """`record` (or its plan) refused what a call came to. Its deadline stays, and the next attempt
    finds out what was done, as after a crash."""


@dataclass(frozen=True)
class Recorded:
    """What came of a call: the result of `act`, or the exception it raised. `begun`: it may have
    been done; of a kind that says when it begins, else always."""

    due: Due
    request: Any
    result: Any = None
    error: Exception | None = None
    begun: bool = True

    @property
    def unknown(self) -> bool:
        """It may have been done, or not."""
        return isinstance(self.error, UnknownError)


class CallUnit:
    """`prepare` or `record` of one due row."""

    sure = 0.0  # monotonic time until which nobody else can have claimed it
    lease_seconds = 60
    says_when = False  # its kind says when it begins

    def __init__(self, db: Database, due: Due, command: Command, argument: Any) -> None:
        self.db = db
        self.due = due
        self.command = command
        self.argument = argument
        self.alone = is_alone(command)
        self.preparing = not isinstance(argument, Recorded)

    def plan(self) -> Plan:
        return plan_of(self.command, self.argument)

    def origin(self) -> Origin:
        part = f"{self.due.attempts}/{type(self.argument).__name__}"
        return origin_of(self.due, self.db.service, part)

    def shown(self) -> Shown:
        what, kind = "prepare" if self.preparing else "record", self.due.kind
        told: Attributes = {"holdfast.due.kind": kind, "holdfast.due.attempt": self.due.attempts}
        return Shown(f"{what} {kind}", SpanKind.INTERNAL, told)

    async def call(self, work: Work) -> tuple[bool, Any]:
        came = None if self._moved(work) else await self.command(work, self.argument)
        if self.preparing and came is None:
            self._nothing_left(work)
        return True, came

    def _moved(self, work: Work) -> bool:
        """An earlier one of this batch has moved or dropped the deadline that we claimed."""
        key = (self.due.kind, self.due.ref)
        if not self.preparing or key not in work.dues:
            return False
        plan = work.dues[key]
        return plan is None or (plan.due_at, plan.version) != (self.due.due_at, self.due.version)

    def refused(self, work: Work, why: Refusal) -> tuple[bool, Any]:
        if not self.preparing:  # something was done out there: not to know it is a defect
            raise UnrecordedError(f"{self.due.kind}: {why.slug}") from why
        log.info("outside.refused", kind=self.due.kind, ref=self.due.ref, reason=why.slug)
        self._nothing_left(work)
        return True, None

    def _nothing_left(self, work: Work) -> None:
        """The deadline ends with what `prepare` wrote, or not at all."""
        ids, attempts = [self.due.id], [self.due.attempts]
        work.also.append((_DONE, (ids, [self.due.due_at], [self.due.version], attempts)))
        work.also.append((_MOVED, (ids, attempts)))

    async def failed(self, why: Exception) -> tuple[bool, Any]:
        pause = pause_after(self.due.attempts)
        log.error("outside.failed", kind=self.due.kind, ref=self.due.ref, error=type(why).__name__)
        async with self.db.acquire() as con:
            await con.execute(_LATER, self.due.id, self.due.attempts, pause)
        return False, None


async def claim(
    con: Any, now: datetime, kind: Outside, room: int, acting: Mapping[str, int]
) -> list[Due]:
    """Claim what is due of a kind, at most `room`, the most urgent first; `acting` counts the calls
    of each lane that are under way in this process."""
    most = kind.concurrency if kind.per_lane is None else kind.per_lane
    lanes, calls = list(acting.keys()), list(acting.values())
    rows = await con.fetch(_CLAIM, now, [kind.kind], kind.lease_seconds, room, most, lanes, calls)
    return sorted((due_of(row) for row in rows), key=lambda due: (due.due_at, due.ref))


async def still_ours(work: Work, units: Sequence[Unit]) -> list[bool]:
    """Renew the leases of claims that are to be prepared; False for one that another has."""
    mine = [unit for unit in units if isinstance(unit, CallUnit)]
    await _lock(work.con, [unit.due for unit in mine])
    sure = monotonic() + mine[0].lease_seconds  # no later than the database has it
    for unit in mine:
        unit.sure = sure
    rows = await work.con.fetch(
        _RENEW,
        [unit.due.id for unit in mine],
        [unit.due.attempts for unit in mine],
        mine[0].lease_seconds,
        mine[0].says_when,
    )
    ours = {row["id"] for row in rows}
    return [unit.due.id in ours for unit in mine]


async def begun(con: Any, dues: Sequence[Due], seconds: int) -> set[int]:
    """From here on these may have been done, and are ours for so long; the ids of those that still
    are. The same again is the same answer."""
    ids, attempts = [due.id for due in dues], [due.attempts for due in dues]
    return {row["id"] for row in await con.fetch(_BEGIN, ids, attempts, seconds)}


async def finished(work: Work, units: Sequence[Unit]) -> list[bool]:
    """End the claims of a batch; False for one that another has claimed since."""
    mine = [unit for unit in units if isinstance(unit, CallUnit)]
    ours = await _finish(work.con, [unit.due for unit in mine])
    return [unit.due.id in ours for unit in mine]


async def _lock(con: Any, dues: Sequence[Due]) -> None:
    if len(dues) > 1:
        await con.execute(_IN_ORDER, [due.id for due in dues])


async def _finish(con: Any, dues: Sequence[Due]) -> set[int]:
    ids, attempts = [due.id for due in dues], [due.attempts for due in dues]
    await _lock(con, dues)
    gone = await con.fetch(
        _DONE, ids, [due.due_at for due in dues], [due.version for due in dues], attempts
    )
    moved = await con.fetch(_MOVED, ids, attempts)
    return {row["id"] for row in [*gone, *moved]}
