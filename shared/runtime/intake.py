"""The intake of events, without Kafka: a delivery of records, put through the batch runtime.

`step` takes one batch of a delivery and never waits; it is what a simulation drives. `handle` is
the loop around it that waits while the database is away, and is what the consumer calls.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from time import monotonic
from typing import Any

import structlog
from aiokafka import ConsumerRecord

from shared.contracts.topics import is_compacted
from shared.runtime import inbox, letters, metrics
from shared.runtime.batch import Unit, run_batch
from shared.runtime.clock import Clock, wall
from shared.runtime.database import Database
from shared.runtime.events import EventUnit, NotYetError, Outcome
from shared.runtime.failpoint import failpoint
from shared.runtime.failures import backoff, is_infrastructure
from shared.runtime.hears import Hears
from shared.runtime.work import Work

log = structlog.get_logger(__name__)

BATCH = 300
DEAD_IN_A_ROW = 20  # then something is wrong with us, not with the events: stop
PATIENCE = 30.0  # seconds of waiting before a delivery is handed back, so that polling goes on


class HaltedError(Exception):
    """The intake has stopped and waits for a person."""


class Delivery:
    """Records that came together, and what is left of them: units in order of arrival."""

    def __init__(self, service: str, hears: Hears, records: Sequence[Any]) -> None:
        units = [EventUnit(service, hears, record) for record in records]
        self.left = [unit for unit in units if unit.in_vain or not unit.ignored]
        self.ignored = len(units) - len(self.left)
        self.outcomes: list[Outcome | None] = []  # of those heard, in order; None: known before

    def came(self, outcomes: Sequence[Outcome | None]) -> None:
        """These are committed."""
        self.outcomes += outcomes
        self.left = self.left[len(outcomes) :]


class Intake:
    """What one consumer group does with its records, in this process."""

    def __init__(self, db: Database, clock: Clock, hears: Hears) -> None:
        self.db = db
        self.clock = clock
        self.hears = hears
        self.halted: str | None = None
        self.waiting: str | None = None  # the failure that is being waited out
        self.stopping = False
        self.dead_in_a_row = DEAD_IN_A_ROW
        self._dead_in_row = 0
        self._size = BATCH  # how many units a transaction gets

    def deliver(self, records: Sequence[Any]) -> Delivery:
        """Records as something to be stepped through."""
        made = Delivery(self.db.service, self.hears, records)
        metrics.records_ignored.inc(made.ignored)
        return made

    async def step(self, delivery: Delivery) -> int:
        """One batch of a delivery, without waiting; gives how many units are left of it.

        Raises what is to be waited out, and then the same delivery is to be stepped again: what
        the database does not let through, or NotYetError for an event that failed by a defect.
        Raises HaltedError, doing nothing, once too many in a row were given up.
        """
        if self.halted:
            raise HaltedError(self.halted)
        part = delivery.left[: min(self._size, self._before_halt(delivery.left))]
        if not part:
            return 0
        self.db.backlog.check()
        outcomes: list[Any] = []
        try:
            with metrics.batch_seconds.labels("event").time():
                await run_batch(self.db, self.clock.now(), part, outcomes, before=self._claim)
        except Exception as why:
            if is_infrastructure(why):
                # Too much for the time-outs of the database, perhaps: half of it the next time,
                # also when that is after the delivery was handed back.
                self._size = max(1, min(self._size, len(part)) // 2)
            raise
        finally:
            self._count(part, outcomes)
            delivery.came(outcomes)
        if not delivery.left:
            # Only now: what is handed back comes again from its beginning, and would end in the
            # same place again if that had made the parts larger.
            self._size = min(BATCH, self._size * 2)
            failpoint("intake.handled")
        return len(delivery.left)

    async def handle(self, records: Sequence[Any]) -> None:
        """Handle records once each, in order. Returns when all of it is committed.

        Raises for failures of infrastructure, or when it has halted, and only after waiting.
        """
        if self.halted:
            await asyncio.sleep(5)
            raise HaltedError(self.halted)
        delivery = self.deliver(records)
        heard = len(delivery.left)
        pauses, since = backoff(), monotonic()
        while delivery.left and not self.halted:
            try:
                await self.step(delivery)
            except Exception as why:
                self._wait_for(why, len(delivery.left))
                if self.stopping:
                    raise
                await asyncio.sleep(next(pauses))
                if monotonic() - since > PATIENCE:
                    raise
        self.waiting = None
        metrics.batch_units.labels("event").observe(max(1, heard))
        behind = wall().timestamp() - max(record.timestamp for record in records) / 1000
        metrics.consumer_behind.set(max(0.0, behind))
        if delivery.left:
            raise HaltedError(self.halted)

    def _wait_for(self, why: Exception, left: int) -> None:
        self.waiting = type(why).__name__
        if not isinstance(why, NotYetError):
            known = is_infrastructure(why)
            log.warning("batch.waits", error=type(why).__name__, known=known, left=left)

    async def _claim(self, work: Work, units: Sequence[Unit]) -> list[bool]:
        taken = [unit for unit in units if isinstance(unit, EventUnit)]
        await letters.reopen(work.con, [unit.event_id for unit in taken if unit.in_vain])
        events = [(unit.event_id, unit.replay) for unit in taken if not unit.in_vain]
        heard = iter(await inbox.claim(work.con, self.hears.consumer, events))
        claimed = [not unit.in_vain and next(heard) for unit in taken]
        new = [unit for unit, ours in zip(taken, claimed, strict=True) if ours]
        await letters.outdate(work.con, _arrived(new))
        return claimed

    def _before_halt(self, units: Sequence[EventUnit]) -> int:
        """How many units may be taken before unreadable ones in a row would stop us."""
        in_row = self._dead_in_row
        for place, unit in enumerate(units):
            if unit.ordered_by is None:
                in_row = in_row + 1 if unit.fault else 0
            if in_row >= self.dead_in_a_row:
                return place + 1
        return len(units)

    def _count(self, units: Sequence[EventUnit], outcomes: Sequence[Outcome | None]) -> None:
        for unit, outcome in zip(units, outcomes, strict=False):
            if outcome is None:
                (metrics.records_ignored if unit.in_vain else metrics.inbox_duplicates).inc()
                continue
            metrics.records_handled.labels(outcome).inc()
            if unit.ordered_by is not None:  # somebody tries: it says nothing of what arrives
                continue
            self._dead_in_row = self._dead_in_row + 1 if outcome == "dead" else 0
            if self._dead_in_row == self.dead_in_a_row:  # what comes behind them does not heal it
                self.halted = (
                    f"{self.dead_in_a_row} events in a row went to the dead letters: look at "
                    f"`bin/holdfast dead-letters list --service {self.db.service}`, mend the "
                    "cause, then restart this service"
                )
                log.error("consumer.halted", dead_in_row=self._dead_in_row)


def _arrived(units: Sequence[EventUnit]) -> list[tuple[str, ConsumerRecord]]:
    """The states that have come with their events' ids, the last of each key; what came before it
    here is `outdated`. Only of what is new: an event that comes again, as all of a shard does after
    a relay that was killed, is no later word. Nor is an order: it has its letter's place."""
    last: dict[tuple[str, int, bytes], EventUnit] = {}
    for unit in units:
        record = unit.record
        if unit.ordered_by is None and record.key is not None and is_compacted(record.topic):
            former = last.get(place := (record.topic, record.partition, record.key))
            if former is not None:
                former.outdated = True
            last[place] = unit
    return [(unit.event_id, unit.record) for unit in last.values()]
