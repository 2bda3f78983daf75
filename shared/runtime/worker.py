"""The worker role: consumer, relay, sweep and outside calls, in one process beside each other."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from time import monotonic

import structlog
from aiokafka.errors import KafkaError

from shared.runtime import deadlines, idempotency, inbox, letters, metrics
from shared.runtime.clock import Clock
from shared.runtime.consumer import Consumer
from shared.runtime.database import Database
from shared.runtime.due import Dues
from shared.runtime.failures import backoff
from shared.runtime.heard_since import note_types
from shared.runtime.hears import Hears
from shared.runtime.intake import Intake
from shared.runtime.offsets import without_offsets
from shared.runtime.orders import letterbox
from shared.runtime.outside import OutsideCalls
from shared.runtime.presence import UNTOLD, Places, Presence, Release
from shared.runtime.producing import Producer
from shared.runtime.relay import Relay
from shared.runtime.restored import is_hearing, is_restored
from shared.runtime.sweep import Sweep

log = structlog.get_logger(__name__)
HOUR = 3600
# Seconds in which a consumer has joined its group, or is begun anew: a rebalance (30), and whatever
# is asked of Kafka before (40, and as much for topics). aiokafka itself would wait for ever.
JOIN = 120.0


class Worker:
    """All loops of the worker role; each lives on when another waits for what it needs."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        hears: Hears,
        dues: Dues,
        url: str,
        bootstrap: str,
        session_timeout_ms: int = 20_000,
        producer: Producer | None = None,
        tick: Callable[[], float] = monotonic,
        instance: str = "",
        runs: Release = UNTOLD,
    ) -> None:
        self._db = db
        self._bootstrap = bootstrap
        self._session = session_timeout_ms
        self._instance = instance
        self._hears = hears
        if hears.topics:
            hears.topics.add(letterbox(db.service))  # for what is decided about dead letters
        self.intake = Intake(db, clock, hears)
        self.relay = Relay(url, bootstrap, db.service, producer, tick)
        self.sweep = Sweep(db, clock, dues)
        self.outside = OutsideCalls(db, clock, dues)
        self.presence = Presence(db, runs, self._places, self._held)
        self.consumer: Consumer | None = None
        self._why_not = "the consumer has not started yet"
        self._tasks: dict[str, asyncio.Task[None]] = {}
        # Set once it is known that the database is not older than what was heard, and, where it
        # was, once what was missed is heard: before that nothing is said, and nobody is called,
        # for all that may have been done (`restored.py`).
        self._may_say = asyncio.Event()
        self._may_act = asyncio.Event()

    def start(self) -> None:
        """Begin; nothing here waits for Kafka or Postgres to be there, but all of it for both."""
        loops: dict[str, tuple[asyncio.Event, Callable[[], Awaitable[None]]]] = {
            "relay": (self._may_say, self.relay.run),
            "sweep": (self._may_act, self.sweep.run),
            "outside": (self._may_act, self.outside.run),
            "retention": (self._may_act, self._forget),
        }
        self._tasks = {
            name: asyncio.create_task(_when(may, run), name=name)
            for name, (may, run) in loops.items()
        }
        self._tasks["consumer"] = asyncio.create_task(self._consume(), name="consumer")
        self._tasks["presence"] = asyncio.create_task(self.presence.run(), name="presence")

    async def stop(self) -> None:
        """Drain: the batch in hand, the calls in flight, then the rest."""
        for name in ("presence", "sweep", "retention", "consumer"):
            await _cancel(self._tasks[name])
        if self.consumer is not None:
            await _stop(self.consumer)
        await self.outside.stop()
        await _cancel(self._tasks["outside"])
        with contextlib.suppress(Exception):  # what was said last goes out now, if Kafka is there
            async with asyncio.timeout(5):
                while self._may_say.is_set() and await self.relay.step():
                    pass
        await _cancel(self._tasks["relay"])
        await self.relay.stop()
        with contextlib.suppress(Exception):  # else it is silent, and forgotten in an hour
            async with asyncio.timeout(2):
                await self.presence.leave()

    def wake(self, *, said: bool = True, planned: bool = True) -> None:
        """There may be something to do now: a commit that said or planned something, or a jump of
        the clock. Without it the loops would find out by themselves, a little later."""
        if said:
            self.relay.wake.set()
        if planned:
            self.sweep.wake.set()
            self.outside.wake.set()

    def in_flight(self) -> int:
        """How many things are being done at this moment."""
        batch = self.consumer is not None and not self.consumer.idle.is_set()
        return self.outside.in_flight + int(batch) + int(self.sweep.busy)

    def ills(self) -> list[str]:
        """Why this worker is not well, in words."""
        found = [
            f"the {name} loop has ended"
            for name, t in self._tasks.items()
            if t.done() and (name != "consumer" or self._hears.topics)
        ]
        found += self.relay.ills() + self.sweep.ills() + self.outside.ills()
        if self._may_say.is_set() and not self._may_act.is_set():
            found.append("it hears what was said since its backup; deadlines and calls wait for it")
        return found + ([self._why_not] if self.consumer is None else self.consumer.ills())

    async def _places(self) -> Places | None:
        """Where the group stands now."""
        consumer = self.consumer
        return consumer.places if consumer and await consumer.lag() is not None else None

    def _held(self) -> set[tuple[str, int]]:
        return self.consumer.held() if self.consumer else set()

    async def _consume(self) -> None:
        """Start the consumer as soon as Kafka and the database are there; anew if it ends."""
        if not self._hears.topics:
            self._why_not = ""
            self._may_say.set()
            self._may_act.set()
            return
        for pause in backoff(0.2, 5.0):
            try:
                ill = await self._older()
                if ill is None:
                    ill = await without_offsets(self._db, self._bootstrap, self._hears)
                if ill is None:
                    await self._consume_once()
                else:
                    self._why_not = ill
            except Exception as why:
                self._why_not = (
                    f"the consumer waits for Kafka or its database ({type(why).__name__})"
                )
                if isinstance(why, KafkaError):
                    metrics.kafka_away.set(1)  # until it says how far we are behind
                log.warning("consumer.waits", error=type(why).__name__)
            await asyncio.sleep(pause)

    async def _older(self) -> str | None:
        """Whether the database was restored from a backup; looked at once in a process's life."""
        if not self._may_say.is_set():
            ill = await is_restored(self._db, self._bootstrap, self._hears)
            if ill is not None:
                return ill
            await note_types(self._db, self._hears)
            self._may_say.set()
            await self._look_whether_heard()
        return None

    async def _look_whether_heard(self) -> None:
        if not await is_hearing(self._db, self._bootstrap, self._hears):
            self._may_act.set()

    async def _consume_once(self) -> None:
        """One consumer, from its start until nobody polls any more."""
        consumer = Consumer(self.intake, self._bootstrap, self._session, self._instance)
        try:
            async with asyncio.timeout(JOIN):
                await consumer.start()
        except BaseException:
            await _stop(consumer)  # or a member that never polls stays in the group
            raise
        self.consumer = consumer
        while (why := consumer.ended) is None:  # FastStream has no event for it
            await asyncio.sleep(1)
            if not self._may_act.is_set():
                with contextlib.suppress(Exception):  # the next time; this consumer goes on
                    await self._look_whether_heard()
        self._why_not = f"the consumer has ended ({why}) and is started anew"
        log.error("consumer.ended", error=why)
        self.consumer = None
        await _stop(consumer)

    async def _forget(self) -> None:
        """Retention by wall time: inbox 45 days, dead letters 30, idempotency keys 3."""
        while True:
            for of in (deadlines, idempotency, inbox, letters):
                try:
                    async with self._db.acquire() as con:
                        await of.forget(con)
                except Exception as why:  # the others do not wait for it
                    what = of.__name__.rsplit(".", 1)[-1]
                    log.warning("retention.waits", what=what, error=type(why).__name__)
            await asyncio.sleep(HOUR)


async def _when(may: asyncio.Event, run: Callable[[], Awaitable[None]]) -> None:
    await may.wait()
    await run()


async def _stop(consumer: Consumer) -> None:
    with contextlib.suppress(Exception):
        await asyncio.wait_for(consumer.stop(), 30)


async def _cancel(task: asyncio.Task[None]) -> None:
    """End a loop. Asked again until it obeys: libraries have been seen to swallow a cancellation,
    and one that ended by itself must not keep the others from draining."""
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=1)
    if not task.cancelled() and (why := task.exception()) is not None:
        log.error("loop.had_ended", loop=task.get_name(), error=type(why).__name__)
