"""The worker role: consumer, relay, sweep and outside calls, in one process beside each other."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any

import structlog

from shared.runtime import idempotency, inbox
from shared.runtime.clock import Clock
from shared.runtime.consumer import Consumer, without_offsets
from shared.runtime.database import Database
from shared.runtime.due import Dues
from shared.runtime.failures import backoff
from shared.runtime.hears import Hears
from shared.runtime.outside import OutsideCalls
from shared.runtime.relay import Relay
from shared.runtime.sweep import Sweep

log = structlog.get_logger(__name__)
HOUR = 3600


class Worker:
    """All loops of the worker role; each lives on when another waits for what it needs."""

    def __init__(
        self, db: Database, clock: Clock, hears: Hears, dues: Dues, url: str, bootstrap: str
    ) -> None:
        self._db = db
        self._bootstrap = bootstrap
        self._hears = hears
        self._clock = clock
        self.relay = Relay(url, bootstrap, db.service)
        self.sweep = Sweep(db, clock, dues)
        self.outside = OutsideCalls(db, clock, dues)
        self.consumer: Consumer | None = None
        self._why_not = "the consumer has not started yet"
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def start(self) -> None:
        """Begin; nothing here waits for Kafka or Postgres to be there."""
        loops: dict[str, Coroutine[Any, Any, None]] = {
            "relay": self.relay.run(),
            "sweep": self.sweep.run(),
            "outside": self.outside.run(),
            "consumer": self._consume(),
            "retention": self._forget(),
        }
        self._tasks = {name: asyncio.create_task(c, name=name) for name, c in loops.items()}

    async def stop(self) -> None:
        """Drain: the batch in hand, the calls in flight, then the rest."""
        for name in ("sweep", "outside", "retention", "consumer"):
            await _cancel(self._tasks[name])
        if self.consumer is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.consumer.stop(), 30)
        await self.outside.stop()
        with contextlib.suppress(Exception):  # what was said last goes out now, if Kafka is there
            async with asyncio.timeout(5):
                while await self.relay.step():
                    pass
        await _cancel(self._tasks["relay"])
        await self.relay.stop()

    def wake(self) -> None:
        """There may be something to do now: a commit, or a jump of the clock."""
        for loop in (self.relay, self.sweep, self.outside):
            loop.wake.set()

    def in_flight(self) -> int:
        """How many things are being done at this moment."""
        batch = self.consumer is not None and not self.consumer.idle.is_set()
        return self.outside.in_flight + int(batch) + int(self.sweep.busy)

    def ills(self) -> list[str]:
        """Why this worker is not well, in words."""
        found = [
            f"the {name} loop has ended"
            for name, t in self._tasks.items()
            if t.done() and name != "consumer"
        ]
        found += self.relay.ills() + self.sweep.ills() + self.outside.ills()
        return found + ([self._why_not] if self.consumer is None else self.consumer.ills())

    async def _consume(self) -> None:
        """Start the consumer as soon as Kafka and the database are there."""
        if not self._hears.topics:
            self._why_not = ""
            return
        for pause in backoff(0.2, 5.0):
            try:
                ill = await without_offsets(self._db, self._bootstrap, self._hears)
                if ill is None:
                    consumer = Consumer(self._db, self._clock, self._hears, self._bootstrap)
                    await consumer.start()
                    self.consumer = consumer
                    return
                self._why_not = ill
            except Exception as why:
                self._why_not = (
                    f"the consumer waits for Kafka or its database ({type(why).__name__})"
                )
                log.warning("consumer.waits", error=type(why).__name__)
            await asyncio.sleep(pause)

    async def _forget(self) -> None:
        """Retention by wall time: inbox 45 days, idempotency keys 3 days."""
        while True:
            with contextlib.suppress(Exception):
                async with self._db.acquire() as con:
                    await inbox.forget(con)
                    await idempotency.forget(con)
            await asyncio.sleep(HOUR)


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
