"""A record as a unit of a batch: read, handled once, or given up as a dead letter."""

from __future__ import annotations

import traceback
from hashlib import sha1
from typing import Any, Literal
from uuid import UUID

import structlog
from aiokafka import ConsumerRecord
from opentelemetry.trace import SpanKind
from pydantic import ValidationError

from shared.contracts.event import Event
from shared.contracts.topics import is_compacted
from shared.errors import Refusal
from shared.runtime import inbox, letters, metrics, orders
from shared.runtime.envelope import TRACEPARENT
from shared.runtime.gathered import Origin
from shared.runtime.hears import Handler, Hears
from shared.runtime.logs import blotted
from shared.runtime.plans import Plan, is_alone, plan_of
from shared.runtime.records import dead_letter, event_id_of, header, said_at, word
from shared.runtime.said import Said, wants_envelope
from shared.runtime.traced import Attributes, Shown, keyed
from shared.runtime.work import Work

log = structlog.get_logger(__name__)
ATTEMPTS = 5  # of an event that fails by a defect, before it is given up
Outcome = Literal["done", "dead"]
_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


class NotYetError(Exception):
    """An event failed by a defect and shall be tried again: the batch stops here, in order."""


class UnreadableError(Refusal):
    """A record that no handler can be given: the reason is the slug."""


class EventUnit:
    """One record."""

    def __init__(self, service: str, hears: Hears, record: ConsumerRecord) -> None:
        self.service = service
        self.consumer = hears.consumer
        self.known = hears.handlers
        self.replay = header(record, orders.REPLAY) is not None
        self.ordered_by: str | None = None  # who, where it is an order about a dead letter
        own = record.topic == orders.letterbox(service)
        if own and self.replay and (stood := orders.as_it_stood(record)) is not None:
            self.ordered_by = word(record, orders.BY) or "somebody"
            record, own = stood, False
        self.record = record
        self.event_id = event_id_of(record)
        self.attempts = 0
        self.outdated = False  # a later word about the same state came with it
        self.buried: tuple[str, str] | None = None  # reason and error of a defect
        self.fault: UnreadableError | None = None
        self.handler: Handler | None = None
        self.argument: Any = None
        try:
            if own:
                self._read_order()
            else:
                self.handler, self.argument = read(hears, record)
                if wants_envelope(self.handler):
                    self.argument = Said(self.argument, self.event_id, said_at(record))
        except UnreadableError as why:
            self.fault = why
        self.in_vain = self.ignored and self.ordered_by is not None  # its letter is `open` again
        self.alone = self.handler is not None and is_alone(self.handler)

    @property
    def ignored(self) -> bool:
        """Nobody here hears it (or its end)."""
        return self.handler is None and self.fault is None

    def plan(self) -> Plan:
        """What the handler needs; nothing if it will not be called."""
        callable_ = self.handler is not None and self.buried is None
        return plan_of(self.handler if callable_ else _nothing, self.argument)  # type: ignore[arg-type]

    def origin(self) -> Origin:
        """Ids come from the event's id: the same event makes the same rows."""
        space, service = UUID(self.event_id).bytes, self.service.encode()
        trace = word(self.record, "traceparent")
        return Origin(
            new_id=lambda name: named(space, b"%b/%b" % (service, name.encode())),
            cause=word(self.record, "ce_id") or self.event_id,
            correlation=word(self.record, "ce_correlationid"),
            trace=trace if trace and TRACEPARENT.fullmatch(trace) else None,
            by=self.ordered_by or f"event:{word(self.record, 'ce_type')}",
        )

    def shown(self) -> Shown:
        """The record, by where it stands; its type only where it is one of ours."""
        record, type_ = self.record, word(self.record, "ce_type")
        told: Attributes = {
            "messaging.system": "kafka",
            "messaging.operation.name": "process",
            "messaging.operation.type": "process",
            "messaging.destination.name": record.topic,
            "messaging.destination.partition.id": str(record.partition),
            "messaging.kafka.offset": record.offset,
            "messaging.consumer.group.name": self.consumer,
            "messaging.message.id": self.event_id,
            **keyed(record.key),
        }
        if record.value is None:
            told["messaging.kafka.message.tombstone"] = True
        else:
            told["messaging.message.body.size"] = len(record.value)
        if type_ in self.known:
            told["cloudevents.event_type"] = type_
        return Shown(f"process {record.topic}", SpanKind.CONSUMER, told)

    async def call(self, work: Work) -> Outcome:
        """Handle it, or give it up where that was decided before."""
        if self.buried:
            self._bury(work, *self.buried)
            return "dead"
        if self.fault:
            raise self.fault
        assert self.handler is not None
        await self.handler(work, self.argument)
        if self.ordered_by and self.handler is not orders.drop:
            orders.used(work, self.event_id)
        return "done"

    def _read_order(self) -> None:
        """A letter is not heard again; what somebody decided about one is."""
        why, event_id = header(self.record, orders.DROP), header(self.record, orders.EVENT)
        if why is None or event_id is None:
            return
        try:
            about = str(UUID(event_id))
        except ValueError:
            return
        self.ordered_by = word(self.record, orders.BY) or "somebody"
        self.handler = orders.drop
        self.argument = orders.Drop(self.consumer, about, why.replace("\x00", "")[:2_000])

    def refused(self, work: Work, why: Refusal) -> Outcome:
        """To the dead letters, in this same transaction."""
        self._bury(work, why.slug, why.detail)
        return "dead"

    async def failed(self, why: Exception) -> Outcome:
        """A defect: again a few times, then to the dead letters with its traceback."""
        self.attempts += 1
        log.error(
            "event.failed",
            event_id=self.event_id,
            type=word(self.record, "ce_type"),
            attempt=self.attempts,
            error=type(why).__name__,
        )
        if self.attempts >= ATTEMPTS:
            self.buried = ("defect", blotted("".join(traceback.format_exception(why)))[-2_800:])
            self.alone = False
        raise NotYetError(self.event_id) from why

    def _bury(self, work: Work, reason: str, error: str) -> None:
        letter = dead_letter(self.service, self.record, self.event_id, reason, error, self.attempts)
        work.say(letter)
        if not self.outdated:
            ordered = self.ordered_by is not None
            about = self.consumer, self.record, letter, reason, error, self.attempts
            work.also.append(letters.kept(*about, ordered=ordered))
        work.also.append((inbox.DEAD, (self.consumer, self.event_id)))
        metrics.dead_letters.labels(reason).inc()
        log.warning(
            "event.dead",
            event_id=self.event_id,
            type=word(self.record, "ce_type"),
            topic=self.record.topic,
            partition=self.record.partition,
            offset=self.record.offset,
            reason=reason,
        )


def read(hears: Hears, record: ConsumerRecord) -> tuple[Handler | None, Any]:
    """The handler of a record and its argument; (None, None) if it is not heard here.

    Raises UnreadableError for a record without a type or a key, of an unknown version of a type
    that is heard, or whose value does not fit its contract, or is missing though it ends nothing.
    """
    type_ = header(record, "ce_type")
    if record.value is None and record.topic in hears.tombstones:
        try:
            return hears.tombstones[record.topic], (record.key or b"").decode()
        except UnicodeDecodeError as why:
            raise UnreadableError("key-unreadable", str(why)) from why
    if type_ is None:
        raise UnreadableError("type-missing", "the record has no ce_type header in UTF-8")
    if type_ not in hears.handlers:
        if type_.rsplit(".", 1)[0] in hears.stems():
            raise UnreadableError("version-unknown", f"{type_} is not a version known here")
        return None, None
    event, handler = hears.handlers[type_]
    if record.value is None and is_compacted(record.topic):  # the end of a key, not heard here
        return None, None
    return handler, _argument(event, record)


def _argument(event: type[Event], record: ConsumerRecord) -> Event:
    """What a record says. Raises UnreadableError where that cannot be known."""
    if record.key is None:  # it may stand in any partition: nothing holds it in its order
        raise UnreadableError("key-missing", f"{event.type} is of an aggregate, and names none")
    if record.value is None:
        raise UnreadableError("value-missing", f"{event.type} on a topic where nothing ends")
    try:
        return event.read(record.value)
    except ValidationError as why:
        faults = [f"{'/'.join(map(str, e['loc']))}: {e['msg']}" for e in why.errors()[:10]]
        raise UnreadableError("value-unreadable", "; ".join(faults)) from why
    except Exception as why:  # a contract that fails in another way must not block the partition
        raise UnreadableError("value-unreadable", type(why).__name__) from why


def named(space: bytes, name: bytes) -> str:
    """`str(uuid5(space, name))` in a third of the time: every event makes several ids."""
    h = sha1(space + name, usedforsecurity=False).hexdigest()
    return f"{h[:8]}-{h[8:12]}-5{h[13:16]}-{_VARIANT[h[16]]}{h[17:20]}-{h[20:32]}"


async def _nothing(work: Work, _argument: Any) -> None:
    return None
