"""Watching: what a process shows Prometheus, with what its database says at that moment.

Nobody asks a database that nobody watches. A look is made when somebody scrapes, and costs at most
a twentieth of one connection's time: one that was dear is shown again for so much longer. What
could not be read is not shown at all, rather than as it was.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from math import nan
from time import monotonic
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily

from shared.runtime import metrics
from shared.runtime.ages import Ages
from shared.runtime.clock import Clock
from shared.runtime.database import Database
from shared.runtime.here import is_here
from shared.runtime.reads import Read

log = structlog.get_logger(__name__)
EVERY = 4.0  # seconds for which a look is shown again, however cheap it was
SHARE = 20  # times as long as it took
PATIENCE = 6.0  # seconds for all that the database is asked; a scrape waits for ten
_OUTBOX = "SELECT min(id) AS first, max(id) AS last FROM outbox"


class Watching:
    """What stands in the database of one process's service; without a `db` it shows nothing, for
    another process does. `reads` come on top of the runtime's; `tick` gives seconds."""

    def __init__(
        self,
        db: Database | None,
        clock: Clock,
        reads: Sequence[Read] = (),
        tick: Callable[[], float] = monotonic,
    ) -> None:
        self._db = db
        self._clock = clock
        self._reads = (*metrics.READS, *reads)
        self._tick = tick
        self._until = float("-inf")
        self._turn = asyncio.Lock()
        self._families: list[GaugeMetricFamily] = []
        self._outbox = Ages()
        self._end = 0
        self._registry = CollectorRegistry()
        self._registry.register(self)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """What the last look gave, for the client library."""
        yield from self._families

    async def shown(self) -> bytes:
        """The gauges as text, as of now or of a moment ago."""
        async with self._turn:
            if self._db is not None and self._tick() >= self._until:
                began = self._tick()
                self._families = await self._look(self._db)
                took = self._tick() - began
                self._until = began + max(EVERY, took * SHARE)
        return generate_latest(self._registry)

    async def _look(self, db: Database) -> list[GaugeMetricFamily]:
        found: list[GaugeMetricFamily] = []
        try:
            async with asyncio.timeout(PATIENCE), db.acquire() as con:
                now = self._clock.now()
                first = await con.fetchrow(_OUTBOX)
                self._note(first["first"], first["last"])
                for read in self._reads:
                    asked = (now,) if "$1" in read.statement else ()
                    found += families_of(read, await con.fetch(read.statement, *asked))
        except Exception as why:
            metrics.reads_failed.inc()
            metrics.outbox_oldest.set(nan)
            log.warning("metrics.not_read", error=type(why).__name__)
        return found

    def _note(self, first: int | None, last: int | None) -> None:
        # Ids are never given twice: where later rows went and an earlier one stands, it is as old.
        self._end = max(self._end, 0 if last is None else last + 1)
        if first is None:
            metrics.outbox_oldest.set(0)
        else:
            metrics.outbox_oldest.set(self._outbox.age(first, self._end, self._tick()))


def introduce(role: str, public_url: str, *, sandbox: bool) -> None:
    """Say what this process is, for rules that hold for some processes only."""
    said = {"role": role, "sandbox": _word(sandbox), "public": _word(not is_here(public_url))}
    metrics.service_info.labels(**said).set(1)


def _word(so: bool) -> str:
    return "yes" if so else "no"


def families_of(read: Read, rows: Sequence[Any]) -> list[GaugeMetricFamily]:
    """The gauges of a statement's rows."""
    made = []
    for name, meaning in read.gauges.items():
        family = GaugeMetricFamily(name, meaning, labels=read.labels)
        for row in rows:
            if row[name] is not None:
                family.add_metric([str(row[label]) for label in read.labels], float(row[name]))
        made.append(family)
    return made
