"""The consumer: a batch subscriber of FastStream around the intake.

One transaction a batch; the offset is committed when it is committed (NACK_ON_ERROR: only if the
handler returns). The handler raises for failures of infrastructure alone, and only after waiting.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Collection, Mapping
from functools import partial
from hashlib import sha256
from time import monotonic
from typing import Any, cast

from aiokafka import ConsumerRebalanceListener
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage

from shared.runtime.intake import BATCH, Intake
from shared.runtime.kafka import broker_security
from shared.runtime.lag import GroupLag
from shared.runtime.polling import Polling
from shared.runtime.records import decode_nothing, parse

# Each topic evenly among the workers, however late one comes (decision 132). No second one beside
# it: aiokafka joins once for each, and three workers that do may go on joining for ever (151).
DEALT_OUT = (RoundRobinPartitionAssignor,)
STUCK = 180.0  # seconds of it after which a consumer is begun anew
OFTEN = 30  # times that a group is dealt out within a minute: more than a rollout, and an ill
STILL = 60.0  # seconds without any progress, while there is something to do, that are an ill


class _DrainOnRevoke(ConsumerRebalanceListener):  # type: ignore[misc]
    """Partitions are given up only when no batch is running (kafka-facts.md §3)."""

    def __init__(self, consumer: Consumer) -> None:
        self._consumer = consumer

    async def on_partitions_revoked(self, revoked: Any) -> None:
        self._consumer.dealing_since = monotonic()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._consumer.idle.wait(), 20)

    async def on_partitions_assigned(self, assigned: Any) -> None:
        self._consumer.dealt_out()


class Consumer:
    """The consumer group of a service in this process. `instance` is its name as a static member
    of the group (decision 133); empty: a dynamic one."""

    def __init__(
        self,
        intake: Intake,
        bootstrap: str,
        session_timeout_ms: int = 20_000,
        instance: str = "",
    ) -> None:
        hears = intake.hears
        self.intake = intake
        self.idle = asyncio.Event()
        self.idle.set()
        self._progress = monotonic()
        self.dealing_since: float | None = None  # while the group is dealt out anew
        self._dealt: deque[float] = deque(maxlen=OFTEN)
        self._free = monotonic()  # since when nothing has held it up
        self._group_lag = GroupLag(bootstrap, hears.consumer, hears.topics)
        self._broker = KafkaBroker(
            bootstrap.split(","),
            security=broker_security(bootstrap),
            parser=parse,
            ack_policy=AckPolicy.NACK_ON_ERROR,
            allow_auto_create_topics=False,
            consumer_only=True,
            graceful_timeout=25,
            logger=None,
            client_id=f"{intake.db.service}-{id(self):x}",
        )
        self._subscriber = self._broker.subscriber(
            *sorted(hears.topics),
            group_id=hears.consumer,
            group_instance_id=_member_name(instance, hears.topics),
            batch=True,
            max_records=BATCH,
            batch_timeout_ms=15,
            decoder=decode_nothing,
            auto_offset_reset="earliest",
            partition_assignment_strategy=DEALT_OUT,
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
        self.intake.stopping = False
        await self._broker.connect()
        config = self._broker.config.broker_config
        config.builder = partial(Polling, **cast("partial[Any]", config.builder).keywords)
        await self._broker.start()
        self.progressed()

    async def stop(self) -> None:
        """Finish the batch in hand, commit, leave the group."""
        self.intake.stopping = True
        await self._broker.stop()
        await self._group_lag.close()

    def dealt_out(self) -> None:
        """The group was dealt out, and these are ours now."""
        self.dealing_since = None
        self._free = monotonic()
        self._dealt.append(self._free)
        self.progressed()

    def progressed(self) -> None:
        """Something was handled, or given to us to handle."""
        self._progress = monotonic()

    async def _handle(self, message: KafkaMessage) -> None:
        self.idle.clear()
        try:
            await self.intake.handle(message.raw_message)
            self.progressed()
        finally:
            self.idle.set()

    # --- how it is ----------------------------------------------------------------------------

    async def lag(self) -> int | None:
        """Records the group has not yet handled; None while that is not known."""
        return await self._group_lag.now()

    @property
    def places(self) -> Mapping[tuple[str, int], tuple[int, int]] | None:
        """(topic, partition) → committed and end of the whole group, when it was last asked for."""
        return self._group_lag.places

    def held(self) -> set[tuple[str, int]]:
        """The partitions that are ours."""
        consumer = cast("Polling | None", self._subscriber.consumer)
        given = consumer.assignment() if consumer is not None else ()
        return {(tp.topic, tp.partition) for tp in given}

    @property
    def ended(self) -> str | None:
        """Why nobody polls any more; then a new consumer is needed."""
        consumer = cast("Polling | None", self._subscriber.consumer)
        if consumer is None:
            return "it is not there"
        if why := consumer.ended or consumer.gone():
            return why
        if all(task.done() for task in self._subscriber.tasks):
            return "its task is done"
        return f"nothing came for {STUCK:.0f} s, with records to handle" if self._stuck() else None

    def _stuck(self) -> bool:
        """Records wait, nothing of ours holds them up, and nothing comes: whatever that is, a new
        consumer has a chance, and this one had its time. Counted from when it was free to work and
        these partitions were its own: they may have stood with somebody else, or for a database."""
        consumer = cast("Polling", self._subscriber.consumer)
        intake, now, busy = self.intake, monotonic(), not self.idle.is_set()
        # What it waits for counts while it waits: nobody unsays it once its batch was handed back.
        at_work = busy and (intake.waiting or now - self._progress > STILL)
        # No places: Kafka does not answer.
        if intake.halted or consumer.unreadable() or self.places is None or at_work:
            self._free = now
            return False
        return not busy and bool(
            self._group_lag.standing(consumer.assignment(), STUCK, since=self._free)
        )

    def ills(self) -> list[str]:
        """Why this consumer is not well, in words; empty when it is."""
        intake = self.intake
        found = [intake.halted] if intake.halted else []
        consumer = cast("Polling | None", self._subscriber.consumer)
        if why := self.ended:
            found.append(f"the consumer has ended ({why}); it is started anew")
        elif consumer is None or not consumer.assignment():
            found.append("the consumer has no partitions (yet)")
        else:
            found += [
                f"{tp.topic}/{tp.partition}@{stopped.offset} cannot be read"
                f" ({type(stopped.why).__name__}); what stands behind it waits"
                for tp, stopped in sorted(consumer.unreadable().items())
            ]
        found += self._ills_of_the_group()
        busy = not self.idle.is_set() and not intake.halted
        if busy and monotonic() - self._progress > STILL:
            found.append(f"no batch has come through for a minute ({intake.waiting or 'working'})")
        elif busy and intake.waiting:
            found.append(f"the consumer waits for its database ({intake.waiting})")
        if consumer is not None and not found:
            found += [
                f"{tp.topic}/{tp.partition} stands still for a minute, with records to handle"
                for tp in self._group_lag.standing(sorted(consumer.assignment()), STILL)
            ]
        return found

    def _ills_of_the_group(self) -> list[str]:
        """A member keeps what it had while the group is dealt out, and looks well."""
        now = monotonic()
        if self.dealing_since is not None and now - self.dealing_since > STILL:
            return ["the group has been dealt out for a minute, and is not yet"]
        if len(self._dealt) == OFTEN and now - self._dealt[0] < STILL:
            return [f"the group was dealt out {OFTEN} times within a minute"]
        return []


def _member_name(instance: str, topics: Collection[str]) -> str | None:
    """A static member's name, another one where other topics are heard: one that comes back under
    its name is given what it had, though it hears more topics by now, or fewer (KAFKA-12759); of
    the new ones nobody would have a partition, and of a former one it could not join."""
    if not instance:
        return None
    heard = sha256(" ".join(sorted(topics)).encode()).hexdigest()
    return f"{instance}.{heard[:8]}"
