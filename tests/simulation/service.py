"""One service's process in a history: its loops are stepped by hand, it dies and is begun anew.

Nothing is left of a process that died but what it had committed, and the leases it held. What the
loops would find out by polling is remembered here instead, so that no step asks in vain.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from math import inf
from typing import Any

import asyncpg

from shared.runtime.envelope import SHARDS
from shared.runtime.events import NotYetError
from shared.runtime.failpoint import Point, armed
from shared.runtime.service import Service
from tests.simulation.asking import Answer, asked
from tests.simulation.log import Hand
from tests.simulation.memory import fresh_memory

_NEXT = "SELECT kind, min(due_at) AS due_at FROM due WHERE due_at < 'infinity' GROUP BY 1"
_FREE = "UPDATE due SET lease_until = now() - interval '1 second' WHERE lease_until IS NOT NULL"


class Killed(BaseException):
    """The end of a process: nothing catches it, nothing is said or closed."""


@dataclass
class Doom:
    """At which point a process dies, and when it has come by so often."""

    point: Point
    passes: int
    struck: bool = False

    def pass_(self) -> None:
        self.passes -= 1
        if self.passes == 0:
            self.struck = True
            raise Killed(self.point)


class Actor:
    """A service, alive at all times but for the moment of its death."""

    def __init__(
        self,
        name: str,
        service: Service,
        hand: Hand,
        pool: asyncpg.Pool,
    ) -> None:
        self.name = name
        self.service = service
        self.hand = hand
        self._pool = pool
        for db in (service.api_db, service.worker_db):
            db._pool = pool
            db.committed = self._committed
        self._relay: asyncpg.Connection | None = None
        self.away_until: datetime | None = None
        self.deaf: dict[str, datetime] = {}  # topic → until when nothing of it arrives
        self.wrote = False  # something was committed since it was last looked at
        self.leased = False  # somebody died, or gave up: leases may be held

    async def begin(self, relay: asyncpg.Connection | None) -> None:
        """A fresh process. The relay's connection is handed on, with no lock of its former one:
        to make a new one would cost more than all the rest."""
        self._relay = relay
        self.hand.begin()
        worker = fresh_memory(self.service, self.hand)
        self.edge = self.service.edge
        self.intake, self.sweeper, self.caller = worker.intake, worker.sweep, worker.outside
        self.relayer = worker.relay
        if relay is not None:  # its shards are free as soon as it is dead, and taken at once
            self.relayer._con = relay
            self.relayer._place, self.relayer.shards = 0, set(range(SHARDS))
            self.relayer._shared_out = inf  # with nobody: it need not count the others
        self.may_say = True
        self.next_of: dict[str, datetime] = {}  # by kind
        self.due_known = False

    async def dies(self) -> None:
        """... and a successor begins."""
        self.leased = True
        await self.begin(self.relay)

    @property
    def relay(self) -> asyncpg.Connection | None:
        """The relay's connection, once there is one."""
        return self.relayer._con or self._relay

    def _committed(self, said: bool, planned: bool) -> None:
        self.service.fresh.forget()
        self.wrote = True
        self.may_say |= said
        self.due_known = self.due_known and not planned

    @contextmanager
    def doomed(self, doom: Doom | None) -> Iterator[None]:
        """Within the block the process may die."""
        if doom is None:
            yield
        else:
            with armed(doom.point, doom.pass_):
                yield

    # --- its loops --------------------------------------------------------------------------------

    async def says(self) -> int:
        """One round of the relay."""
        self.may_say, self.hand.whole = False, True
        try:
            return await self.relayer.step()
        except BaseException:
            self.hand.whole = False
            raise
        finally:
            held = self.relayer.refusals.waiting()
            self.may_say |= held or not self.hand.whole

    def hears(self) -> Sequence[str]:
        return sorted(self.service.hears.topics)

    async def takes(self, records: Sequence[Any]) -> list[Any]:
        """A delivery, to its end; gives what came of each record that is heard."""
        delivery = self.intake.deliver(records)
        while delivery.left:
            try:
                await self.intake.step(delivery)
            except NotYetError:  # a defect: it is given up after five times
                continue
        return list(delivery.outcomes)

    async def sweeps(self) -> int:
        """One round of what is due inside."""
        self.due_known = False
        return await self.sweeper.step()

    async def calls(self, now: datetime, together: bool) -> int:
        """One round of what is due outside; what comes of it is recorded `together`, or one by
        one, as it may happen to come."""
        self.due_known = False
        dues = self.service.dues
        due = [
            dues.outsides[kind] for kind in sorted(await self._due_by(now)) if kind in dues.outsides
        ]
        calls: list[Any] = []
        claimed = sum([await self.caller._begin(kind, calls.append) for kind in due])
        came: dict[str, list[Any]] = {}

        async def keep(unit: Any) -> None:
            came.setdefault(unit.due.kind, []).append(unit)

        for call in calls:
            record = keep if together else self.caller._record_one
            await self.caller._act(call, self.caller._begin_one, record)
        for units in came.values():
            await self.caller._record(units)
        return claimed

    async def _known(self) -> dict[str, datetime]:
        if not self.due_known:
            async with self._pool.acquire() as con:
                self.next_of = {row["kind"]: row["due_at"] for row in await con.fetch(_NEXT)}
            self.due_known = True
        return self.next_of

    async def due(self) -> datetime | None:
        """When its next deadline comes, or came."""
        return min((await self._known()).values(), default=None)

    async def _due_by(self, now: datetime) -> set[str]:
        return {kind for kind, at in (await self._known()).items() if at <= now}

    async def is_due(self, now: datetime) -> tuple[bool, bool]:
        """Whether anything is due inside, and outside."""
        due, dues = await self._due_by(now), self.service.dues
        return bool(due & dues.insides.keys()), bool(due & dues.outsides.keys())

    async def frees(self) -> None:
        """A minute has passed: leases that nobody lives to end have run out."""
        if self.leased:
            async with self._pool.acquire() as con:
                await con.execute(_FREE)
            self.leased = self.due_known = False

    async def rows(self, statement: str, *args: Any) -> list[Any]:
        async with self._pool.acquire() as con:
            return list(await con.fetch(statement, *args))

    # --- its edge ---------------------------------------------------------------------------------

    async def asked(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> Answer:
        """A request."""
        return await asked(self.service, method, path, headers, body)
