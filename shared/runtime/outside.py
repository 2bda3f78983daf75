"""Calls to the world outside: mail, gateway, webhooks, rendering. One file for all.

1. Claim the due row (a lease, one attempt more; committed), then `prepare` on `work`: what is to
   be done, or None if nothing is left to do.
2. `act`, with no transaction open, as many at once as the kind allows, and of one lane as many as
   it allows of a lane.
3. `record` on `work`: succeeded, failed or unknown; it plans the next try where there is one. Calls
   that end while others are being recorded are recorded together (`recording.py`).

A lease that ran out means *unknown*: `prepare` is called again with `due.begun`, and whoever comes
back late finds the row claimed by another and records nothing. A kind that says when it begins is
unknown only from there on; and whoever comes so late does not begin (`acting.py`).
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from time import monotonic
from typing import Any

import structlog

from shared.runtime import metrics
from shared.runtime.acting import Call, LostError
from shared.runtime.batch import Claim, Unit, run_batch
from shared.runtime.claims import (
    CallUnit,
    Recorded,
    Unknown,
    UnknownError,
    begun,
    claim,
    finished,
    still_ours,
)
from shared.runtime.clock import Clock
from shared.runtime.database import Database
from shared.runtime.due import Due, Dues, Outside
from shared.runtime.failpoint import failpoint
from shared.runtime.failures import backoff, is_infrastructure
from shared.runtime.recording import Recording

log = structlog.get_logger(__name__)
__all__ = ["LostError", "OutsideCalls", "Recorded", "Unknown", "UnknownError"]


class OutsideCalls:
    """All outside kinds of a service in this process."""

    def __init__(self, db: Database, clock: Clock, dues: Dues) -> None:
        self.db = db
        self.clock = clock
        self.dues = dues
        self.in_flight = 0
        self.wake = asyncio.Event()
        self._success = monotonic()
        for kind in dues.outsides:  # or the first of a kind would be no increase
            metrics.outside_failed.labels(kind)
            metrics.outside_calls.labels(kind, "succeeded")
        self._running: dict[asyncio.Task[None], Due] = {}
        self._recording: dict[str, Recording[CallUnit]] = {}
        self._beginning: dict[str, Recording[Call]] = {}
        self._under_way: dict[str, int] = defaultdict(int)  # of a kind, until recorded
        self._turn = asyncio.Lock()  # held from a claim until its calls are under way
        self._stopping = False

    async def run(self) -> None:
        """For ever: claim as many as may act at once, and let them act side by side."""
        pauses = backoff(0.2, 5.0)
        while True:
            self.wake.clear()  # before the look: what is planned during it wakes the next
            try:
                claimed = sum([await self._begin(kind) for kind in self._kinds()])
            except Exception as why:
                log.warning("outside.waits", error=type(why).__name__, known=is_infrastructure(why))
                await asyncio.sleep(next(pauses))
                continue
            pauses = backoff(0.2, 5.0)
            self._success = monotonic()
            if not claimed:
                with contextlib.suppress(
                    TimeoutError
                ):  # no wait_for: it can swallow a cancellation
                    async with asyncio.timeout(random.uniform(0.2, 0.3)):
                        await self.wake.wait()

    async def step(self) -> int:
        """Claim, act and record once: for tests and simulations. One call after another, so that
        what comes of them has one order."""
        calls: list[Call] = []
        claimed = sum([await self._begin(kind, calls.append) for kind in self._kinds()])
        self.in_flight += len(calls)
        try:
            for call in calls:
                await self._act(call, self._begin_one, self._record_one)
        finally:
            self.in_flight -= len(calls)
        return claimed

    async def stop(self) -> None:
        """Claim no more, and let what acts finish, for a while; what does not is unknown to its
        successor."""
        self._stopping = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(20), self._turn:
                pass
        if self._running:
            await asyncio.wait(self._running, timeout=20)

    def _kinds(self) -> Sequence[Outside]:
        return list(self.dues.outsides.values())

    async def _begin(self, kind: Outside, set_out: Callable[[Call], None] | None = None) -> int:
        async with self._turn:
            return 0 if self._stopping else await self._claim(kind, set_out or self._set_out)

    async def _claim(self, kind: Outside, set_out: Callable[[Call], None]) -> int:
        acting: dict[str, int] = {}
        for each in self._running.values():
            if each.kind == kind.kind:
                acting[each.lane] = acting.get(each.lane, 0) + 1
        room = kind.concurrency - sum(acting.values())
        if self.db.backlog.full or room <= 0 or (acting and room < kind.at_once):
            return 0  # the end of each call wakes us
        async with self.db.acquire() as con:
            dues = await claim(con, self.clock.now(), kind, room, acting)
        if not dues:
            return 0
        self.in_flight += 1  # not for the look: it comes several times a second for each kind
        try:
            failpoint("outside.claimed")
            units = [CallUnit(self.db, due, kind.prepare, due) for due in dues]
            outcomes: list[tuple[bool, Any] | None] = []
            for unit in units:
                unit.lease_seconds = kind.lease_seconds
                unit.says_when = kind.begun_seconds > 0
            await self._through(units, outcomes, still_ours)
            failpoint("outside.prepared")
            for unit, outcome in zip(units, outcomes, strict=True):
                if outcome is not None and outcome[0] and outcome[1] is not None:
                    set_out(Call(kind, unit.due, outcome[1], unit.sure))
        finally:
            self.in_flight -= 1
        return len(dues)

    def _set_out(self, call: Call) -> None:
        self.in_flight += 1
        kind = call.kind.kind
        if kind not in self._recording:
            under_way = partial(self._under_way.__getitem__, kind)
            self._recording[kind] = Recording(self._record, call.kind.at_once, under_way)
            self._beginning[kind] = Recording(self._begin_all)
        begin, record = self._beginning[kind].record, self._recording[kind].record
        self._under_way[kind] += 1
        task = asyncio.create_task(self._act(call, begin, record))
        self._running[task] = call.due
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        kind = self._running.pop(task).kind
        self.in_flight -= 1
        self._under_way[kind] -= 1
        self._recording[kind].look()
        self.wake.set()

    async def _act(
        self,
        call: Call,
        begin: Callable[[Call], Awaitable[None]],
        record: Callable[[CallUnit], Awaitable[None]],
    ) -> None:
        recorded = await call.act(begin)
        if recorded is not None:
            await record(CallUnit(self.db, call.due, call.kind.record, recorded))

    async def _begin_one(self, call: Call) -> None:
        await self._begin_all([call])

    async def _begin_all(self, calls: Sequence[Call]) -> None:
        """Commit that these may be done from here on; again and again while the database is away,
        for as long as somebody waits for it."""
        pauses, seconds = backoff(0.1, 5.0), calls[0].kind.begun_seconds
        while True:
            sure = monotonic() + seconds  # no later than the database has it
            try:
                async with self.db.acquire() as con:
                    ours = await begun(con, [call.due for call in calls], seconds)
                break
            except Exception as why:
                if not is_infrastructure(why):
                    raise
                log.warning("outside.waits", error=type(why).__name__, known=True)
                await asyncio.sleep(next(pauses))
        for call in calls:
            call.begun = call.due.id in ours
            call.sure = sure

    async def _record_one(self, unit: CallUnit) -> None:
        await self._record([unit])

    async def _record(self, units: Sequence[CallUnit]) -> None:
        await self._through(units, [], finished)
        failpoint("outside.recorded")

    async def _through(
        self, units: Sequence[CallUnit], outcomes: list[tuple[bool, Any] | None], after_locks: Claim
    ) -> None:
        """The batch, again and again while the database is away; never skipped. Half of it the
        next time: it was too much for the database's time-outs, perhaps."""
        pauses = backoff(0.1, 5.0)
        todo: Sequence[Unit] = units
        size = len(units)
        while todo:
            part: list[Any] = []
            try:
                await run_batch(
                    self.db, self.clock.now(), todo[:size], part, after_locks=after_locks
                )
            except Exception as why:
                log.warning("outside.waits", error=type(why).__name__, known=is_infrastructure(why))
                size = max(1, size // 2)
                await asyncio.sleep(next(pauses))
            todo = todo[len(part) :]
            outcomes += part

    def ills(self) -> list[str]:
        """Why outside calls are not well."""
        quiet = monotonic() - self._success
        return [f"outside calls have not begun for {quiet:.0f} s"] if quiet > 60 else []
