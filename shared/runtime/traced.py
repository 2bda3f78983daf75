"""The spans that are made: requests, transactions with the units in them, what a relay sends, calls
to the world outside. Names and attributes are OpenTelemetry's semantic conventions (1.4x) where
there are some, `holdfast.*` where there are none.

Nothing that a person gave goes into a span: no path, query, header, body or text of an error; only
routes, names in our own code, topics, ids, counts. A record's key is told where it is a UUID: one
that a partner chose may be anything, an address too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from time import time_ns
from typing import Any, Protocol

from opentelemetry.trace import Link, Span, SpanKind, Status, StatusCode, Tracer

from shared.runtime import tracing
from shared.runtime.gathered import Origin

Attributes = dict[str, str | int | bool]
_UUID = re.compile(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"})
_ERROR = Status(StatusCode.ERROR)


@dataclass(frozen=True)
class Shown:
    """How a unit is told."""

    name: str
    kind: SpanKind
    attributes: Attributes


class Traced(Protocol):
    """A unit of a batch."""

    def shown(self) -> Shown: ...
    def origin(self) -> Origin: ...


# --- requests -------------------------------------------------------------------------------------


def asked(method: str, scheme: str, traceparent: str) -> Span | None:
    """The span of a request, in the caller's trace where there is one; None where none are made."""
    if tracing.tracer is None:
        return None
    known = method if method in _METHODS else "_OTHER"
    return tracing.tracer.start_span(
        known,
        tracing.context_of(traceparent),
        SpanKind.SERVER,
        {"http.request.method": known, "url.scheme": scheme},
    )


def answered(span: Span, method: str, route: str | None, status: int) -> None:
    """It ends."""
    if route is not None:
        span.update_name(f"{method if method in _METHODS else 'HTTP'} {route}")
        span.set_attribute("http.route", route)
    span.set_attribute("http.response.status_code", status)
    if status >= 500:
        span.set_attribute("error.type", str(status))
        span.set_status(_ERROR)
    span.end()


# --- units and their transaction ------------------------------------------------------------------


class Transaction:
    """The span of a transaction, and one of each unit in it, in the trace that the unit comes from.

    They are linked both ways, for a transaction is of many traces. Those of units end with it:
    what was not committed is not told as done.
    """

    def __init__(self, tracer: Tracer, units: Sequence[Traced]) -> None:
        self._tracer = tracer
        traces = [unit.origin().trace for unit in units]
        links = [Link(tracing.span_context_of(trace)) for trace in traces if trace]
        self._span = tracer.start_span(
            "transaction",
            tracing.context_of(None),
            attributes={"holdfast.units": len(units)},
            links=links,
        )
        self._units: list[tuple[Span, int]] = []  # and when each ended
        self._at_hand: Span | None = None

    def begin(self, unit: Traced, origin: Origin) -> Origin:
        """A unit begins, and the one before it has ended; gives its origin from here on, so that
        what it says and plans comes of its span."""
        self._end_unit()
        shown = unit.shown()
        self._at_hand = self._tracer.start_span(
            shown.name,
            tracing.context_of(origin.trace),
            shown.kind,
            shown.attributes,
            links=[Link(self._span.get_span_context())],
        )
        return replace(origin, trace=tracing.traceparent_of(self._at_hand))

    def refused(self, slug: str) -> None:
        """A rule has refused the unit at hand; an event's refusal is a dead letter."""
        if self._at_hand is not None:
            self._at_hand.set_attribute("holdfast.refusal", slug)

    def end(self, why: BaseException | None) -> None:
        """It is committed; or, `why` not, nothing of it is."""
        self._end_unit()
        for span, at in self._units:
            if why is not None:
                _failed(span, why)
            span.end(at)
        if why is not None:
            _failed(self._span, why)
        self._span.end()

    def _end_unit(self) -> None:
        if self._at_hand is not None:
            self._units.append((self._at_hand, time_ns()))
            self._at_hand = None


@contextmanager
def transaction(units: Sequence[Traced]) -> Iterator[Transaction | None]:
    """The spans of a transaction that the block is; None where none are made."""
    if tracing.tracer is None:
        yield None
        return
    made = Transaction(tracing.tracer, units)
    try:
        yield made
    except BaseException as why:
        made.end(why)
        raise
    made.end(None)


# --- the relay ------------------------------------------------------------------------------------


def sending() -> int:
    """When rows are handed over; 0 where no spans are made."""
    return 0 if tracing.tracer is None else time_ns()


def sent(rows: Sequence[Mapping[str, Any]], results: Sequence[Any], began: int) -> None:
    """Rows of an outbox that were handed over, and what Kafka said of each: its place, or why not.

    Each is told in the trace it was said in. What it carries is not changed: whoever hears it comes
    of the unit that said it, however often it had to be sent.
    """
    tracer = tracing.tracer
    if tracer is None or not began:
        return
    for row, result in zip(rows, results, strict=False):
        headers = json.loads(row["headers"]) if isinstance(row["headers"], str) else row["headers"]
        # A dead letter has the headers of somebody else's record: it is in nobody's trace.
        trace = headers.get("traceparent") if isinstance(headers, dict) else None
        if trace is None:
            continue
        span = tracer.start_span(
            f"send {row['topic']}",
            tracing.context_of(trace),
            SpanKind.PRODUCER,
            {
                "messaging.system": "kafka",
                "messaging.operation.name": "send",
                "messaging.operation.type": "send",
                "messaging.destination.name": row["topic"],
                "messaging.message.id": headers["ce_id"],
                "messaging.message.body.size": len(row["payload"] or b""),
                "cloudevents.event_type": headers["ce_type"],
                **keyed(row["key"]),
            },
            start_time=began,
        )
        if isinstance(result, BaseException):
            _failed(span, result)
        elif result is not None:
            span.set_attribute("messaging.destination.partition.id", str(result.partition))
            span.set_attribute("messaging.kafka.offset", result.offset)
        span.end()


def keyed(key: bytes | None) -> dict[str, str]:
    """The attribute of a record's key, where it is an id that says nothing by itself."""
    if key is None or not _UUID.fullmatch(key):
        return {}
    return {"messaging.kafka.message.key": key.decode()}


# --- calls to the world outside -------------------------------------------------------------------


def calling(kind: str, attempt: int, trace: str | None) -> Span | None:
    """A call begins, in the trace of what planned it; None where no spans are made."""
    if tracing.tracer is None:
        return None
    return tracing.tracer.start_span(
        f"call {kind}",
        tracing.context_of(trace),
        SpanKind.CLIENT,
        {"holdfast.due.kind": kind, "holdfast.due.attempt": attempt},
    )


def came(span: Span, error: BaseException | None) -> None:
    """It ends."""
    if error is not None:
        _failed(span, error)
    span.end()


def _failed(span: Span, why: BaseException) -> None:
    """What it was, and never its words: they may quote what somebody wrote."""
    span.set_attribute("error.type", type(why).__name__)
    span.set_status(_ERROR)
