"""The consumer: a batch subscriber of FastStream around the batch runtime.

One transaction a batch; the offset is committed when it is committed (NACK_ON_ERROR: only if the
handler returns). The handler raises for failures of infrastructure alone, and only after waiting.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from functools import partial
from time import monotonic
from typing import Any, cast

import structlog
from aiokafka import ConsumerRebalanceListener
from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage

from shared.runtime import inbox, metrics
from shared.runtime.batch import Unit, run_batch
from shared.runtime.clock import Clock, wall
from shared.runtime.database import Database
from shared.runtime.events import EventUnit, NotYetError
from shared.runtime.failures import backoff, is_infrastructure
from shared.runtime.hears import Hears
from shared.runtime.lag import GroupLag
from shared.runtime.polling import Polling
from shared.runtime.records import decode_nothing, parse
from shared.runtime.work import Work

log = structlog.get_logger(__name__)
__all__ = ["Consumer", "Hears"]

BATCH = 300
DEAD_IN_A_ROW = 20  # then something is wrong with us, not with the events: stop
STILL = 60.0  # seconds without any progress, while there is something to do, that are an ill
PATIENCE = 30.0  # seconds of waiting before the batch is handed back, so that polling goes on


class _DrainOnRevoke(ConsumerRebalanceListener):  # type: ignore[misc]
    """Partitions are given up only when no batch is running (kafka-facts.md §3)."""

    def __init__(self, consumer: Consumer) -> None:
        self._consumer = consumer

    async def on_partitions_revoked(self, revoked: Any) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._consumer.idle.wait(), 20)

    async def on_partitions_assigned(self, assigned: Any) -> None:
        self._consumer.progressed()


class Consumer:
    """The consumer group of a service in this process."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        hears: Hears,
        bootstrap: str,
        session_timeout_ms: int = 20_000,
    ) -> None:
        self.db = db
        self.clock = clock
        self.hears = hears
        self.idle = asyncio.Event()
        self.idle.set()
        self.halted: str | None = None
        self.waiting: str | None = None  # the failure that is being waited out
        self._dead_in_row = 0
        self._size = BATCH  # how many units a transaction gets
        self._progress = monotonic()
        self._stopping = False
        self._group_lag = GroupLag(bootstrap, hears.consumer, hears.topics)
        self._broker = KafkaBroker(
            bootstrap.split(","),
            parser=parse,
            ack_policy=AckPolicy.NACK_ON_ERROR,
            allow_auto_create_topics=False,
            consumer_only=True,
            graceful_timeout=25,
            logger=None,
            client_id=f"{db.service}-{id(self):x}",
        )
        self._subscriber = self._broker.subscriber(
            *sorted(hears.topics),
            group_id=hears.consumer,
            batch=True,
            max_records=BATCH,
            batch_timeout_ms=15,
            decoder=decode_nothing,
            auto_offset_reset="earliest",
            partition_assignment_strategy=(StickyPartitionAssignor,),
            session_timeout_ms=session_timeout_ms,
            heartbeat_interval_ms=min(3_000, session_timeout_ms // 4),
            rebalance_timeout_ms=30_000,
            max_poll_interval_ms=300_000,
            listener=_DrainOnRevoke(self),
            no_reply=True,  # a record with a reply_to header would be answered, fail, and loop
        )
        self._subscriber(self._handle)

    async def start(self) -> None:
        """Join the group; raises KafkaConnectionError while Kafka is away."""
        await self._broker.connect()
        config = self._broker.config.broker_config
        config.builder = partial(Polling, **cast("partial[Any]", config.builder).keywords)
        await self._broker.start()
        self.progressed()

    async def stop(self) -> None:
        """Finish the batch in hand, commit, leave the group."""
        self._stopping = True
        await self._broker.stop()
        await self._group_lag.close()

    def progressed(self) -> None:
        """Something was handled, or given to us to handle."""
        self._progress = monotonic()

    # --- a batch ------------------------------------------------------------------------------

    async def _handle(self, message: KafkaMessage) -> None:
        self.idle.clear()
        try:
            await self.handle(message.raw_message)
        finally:
            self.idle.set()

    async def handle(self, records: Sequence[Any]) -> None:
        """Handle records once each, in order. Returns when all of it is committed."""
        if self.halted:
            await asyncio.sleep(5)
            raise HaltedError(self.halted)
        units = [EventUnit(self.db.service, self.hears, record) for record in records]
        heard = [unit for unit in units if not unit.ignored]
        metrics.records_ignored.inc(len(units) - len(heard))
        pauses, since = backoff(), monotonic()
        todo = heard
        while todo and not self.halted:
            part = todo[: min(self._size, self._before_halt(todo))]
            outcomes: list[Any] = []
            try:
                with metrics.batch_seconds.labels("event").time():
                    await run_batch(self.db, self.clock.now(), part, outcomes, before=self._claim)
                self._count(outcomes)
                todo = todo[len(outcomes) :]
            except Exception as why:
                self._count(outcomes)
                todo = todo[len(outcomes) :]
                if is_infrastructure(why):
                    # Too much for the time-outs of the database, perhaps: half of it the next
                    # time, also when that is after the batch was handed back.
                    self._size = max(1, min(self._size, len(part)) // 2)
                self.waiting = type(why).__name__
                if not isinstance(why, NotYetError):
                    known = is_infrastructure(why)
                    log.warning(
                        "batch.waits", error=type(why).__name__, known=known, left=len(todo)
                    )
                if self._stopping:
                    raise
                await asyncio.sleep(next(pauses))
                if monotonic() - since > PATIENCE:
                    raise
        # Only now: what is handed back comes again from its beginning, and would end in the same
        # place again if that had made the parts larger.
        self._size = min(BATCH, self._size * 2)
        self.waiting = None
        self.progressed()
        metrics.batch_units.labels("event").observe(max(1, len(heard)))
        behind = wall().timestamp() - max(record.timestamp for record in records) / 1000
        metrics.consumer_behind.set(max(0.0, behind))
        if todo:
            raise HaltedError(self.halted)

    async def _claim(self, work: Work, units: Sequence[Unit]) -> list[bool]:
        events = [(unit.event_id, unit.replay) for unit in units if isinstance(unit, EventUnit)]
        return await inbox.claim(work.con, self.hears.consumer, events)

    def _before_halt(self, units: Sequence[EventUnit]) -> int:
        """How many units may be taken before unreadable ones in a row would stop us."""
        in_row = self._dead_in_row
        for place, unit in enumerate(units):
            in_row = in_row + 1 if unit.fault else 0
            if in_row >= DEAD_IN_A_ROW:
                return place + 1
        return len(units)

    def _count(self, outcomes: Sequence[Any]) -> None:
        for outcome in outcomes:
            if outcome is None:
                metrics.inbox_duplicates.inc()
                continue
            metrics.records_handled.labels(outcome).inc()
            self._dead_in_row = self._dead_in_row + 1 if outcome == "dead" else 0
            if self._dead_in_row == DEAD_IN_A_ROW:  # what comes behind them does not heal it
                self.halted = (
                    f"{DEAD_IN_A_ROW} events in a row went to the dead letters: look at "
                    f"`bin/holdfast dead-letters list --service {self.db.service}`, mend the "
                    "cause, then restart this service"
                )
                log.error("consumer.halted", dead_in_row=self._dead_in_row)

    # --- how it is ----------------------------------------------------------------------------

    async def lag(self) -> int | None:
        """Records the group has not yet handled; None while that is not known."""
        return await self._group_lag.now()

    @property
    def ended(self) -> str | None:
        """Why nobody polls any more; then a new consumer is needed."""
        consumer = cast("Polling | None", self._subscriber.consumer)
        if consumer is None:
            return "it is not there"
        if why := consumer.ended or consumer.gone():
            return why
        return "its task is done" if all(task.done() for task in self._subscriber.tasks) else None

    @property
    def dead(self) -> bool:
        """Nobody polls any more."""
        return self.ended is not None

    def ills(self) -> list[str]:
        """Why this consumer is not well, in words; empty when it is."""
        found = [self.halted] if self.halted else []
        consumer = cast("Polling | None", self._subscriber.consumer)
        if consumer is None or self.ended:
            found.append(f"the consumer has ended ({self.ended}); it is started anew")
        elif not consumer.assignment():
            found.append("the consumer has no partitions (yet)")
        else:
            found += [
                f"{tp.topic}/{tp.partition}@{stopped.offset} cannot be read"
                f" ({type(stopped.why).__name__}); what stands behind it waits"
                for tp, stopped in sorted(consumer.unreadable().items())
            ]
        if not self.idle.is_set() and monotonic() - self._progress > STILL:
            found.append(f"no batch has come through for a minute ({self.waiting or 'working'})")
        elif self.waiting and not self.idle.is_set():
            found.append(f"the consumer waits for its database ({self.waiting})")
        if consumer is not None and not found:
            found += [
                f"{tp.topic}/{tp.partition} stands still for a minute, with records to handle"
                for tp in self._group_lag.standing(sorted(consumer.assignment()), STILL)
            ]
        return found


class HaltedError(Exception):
    """The consumer has stopped and waits for a person."""
