"""Traces by OpenTelemetry: whether spans are made, where they go, and how a trace is carried.

What is said and planned carries the W3C trace context of the unit that said it (`Origin.trace`), on
or off. Spans are made only while there is a `tracer`; without one, each place that could make some
has looked at that variable and done nothing. The global provider of OpenTelemetry is left alone:
libraries that look for one make no spans of their own beside ours.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry.context import Context
from opentelemetry.trace import (
    NonRecordingSpan,
    NoOpTracer,
    Span,
    SpanContext,
    TraceFlags,
    Tracer,
    TracerProvider,
    set_span_in_context,
)

from shared.runtime.envelope import TRACEPARENT
from shared.runtime.ids import uuid7

FLUSH = 5.0  # seconds that the last spans have to get out when a process ends

tracer: Tracer | None = None


@contextmanager
def exporting(service: str, endpoint: str) -> Iterator[None]:
    """Spans of this process go to an OTLP collector (HTTP, `endpoint`/v1/traces) while the block
    lasts; to nobody where `endpoint` is empty. The SDK reads its own variables for the rest
    (`OTEL_TRACES_SAMPLER`, `OTEL_EXPORTER_OTLP_HEADERS`, ...)."""
    if not endpoint:
        yield
        return
    # Only here: what nobody asked for costs no memory.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider as Provider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    named = {
        "service.namespace": "holdfast",
        "service.name": service,
        "service.instance.id": uuid7(),
    }
    provider = Provider(resource=Resource.create(named), shutdown_on_exit=False)
    sent = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(sent))
    try:
        with recorded_by(provider):
            yield
    finally:
        # A collector that does not answer must not keep a process from its end.
        last = threading.Thread(target=provider.shutdown, daemon=True)
        last.start()
        last.join(FLUSH)


@contextmanager
def recorded_by(provider: TracerProvider) -> Iterator[None]:
    """Spans are made by this provider while the block lasts."""
    global tracer  # noqa: PLW0603 (one a process, looked at by every request)
    made = provider.get_tracer("holdfast")
    # OTEL_SDK_DISABLED: one that makes nothing, and whose contexts are none.
    before, tracer = tracer, None if isinstance(made, NoOpTracer) else made
    try:
        yield
    finally:
        tracer = before


def context_of(traceparent: str | None) -> Context:
    """What a span is made in that comes of this; an empty one begins a trace of its own."""
    if traceparent is None or not TRACEPARENT.fullmatch(traceparent):
        return Context()
    return set_span_in_context(NonRecordingSpan(span_context_of(traceparent)), Context())


def span_context_of(traceparent: str) -> SpanContext:
    """A trace context that fits `TRACEPARENT`, as OpenTelemetry has it."""
    return SpanContext(
        trace_id=int(traceparent[3:35], 16),
        span_id=int(traceparent[36:52], 16),
        is_remote=True,
        trace_flags=TraceFlags(int(traceparent[53:], 16) & TraceFlags.SAMPLED),
    )


def traceparent_of(span: Span) -> str:
    """What comes of this span carries this; of one that is not recorded, too, and says so."""
    it = span.get_span_context()
    return f"00-{it.trace_id:032x}-{it.span_id:016x}-{it.trace_flags & TraceFlags.SAMPLED:02x}"
