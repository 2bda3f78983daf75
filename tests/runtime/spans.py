"""Spans in memory, as tests look at them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from shared.runtime import tracing


class Spans:
    """All that ended; `named` gives those of a name, `parent` the one that a span comes of."""

    def __init__(self, exporter: InMemorySpanExporter) -> None:
        self._exporter = exporter

    def all(self) -> list[ReadableSpan]:
        return list(self._exporter.get_finished_spans())

    def forget(self) -> None:
        self._exporter.clear()

    def named(self, name: str) -> list[ReadableSpan]:
        return [span for span in self.all() if span.name == name]

    def one(self, name: str) -> ReadableSpan:
        [span] = self.named(name)
        return span

    def parent(self, span: ReadableSpan) -> ReadableSpan | None:
        """None for one whose parent is nobody, or somebody outside."""
        if span.parent is None:
            return None
        found = [one for one in self.all() if context(one).span_id == span.parent.span_id]
        return found[0] if found else None

    def line(self, span: ReadableSpan) -> list[str]:
        """The names from a span up to where it comes from."""
        names, at = [], span
        while True:
            names.append(at.name)
            before = self.parent(at)
            if before is None:
                return names
            at = before


@contextmanager
def seen() -> Iterator[Spans]:
    """Spans of all that runs in this process while the block lasts."""
    exporter, provider = InMemorySpanExporter(), TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    with tracing.recorded_by(provider):
        yield Spans(exporter)


def context(span: ReadableSpan) -> Any:
    """Its own; there always is one."""
    found = span.get_span_context()
    assert found is not None
    return found


def trace_of(span: ReadableSpan) -> str:
    """Its trace id, as in a traceparent."""
    return f"{context(span).trace_id:032x}"


def told(span: ReadableSpan) -> dict[str, Any]:
    """Its attributes."""
    return dict(span.attributes or {})
