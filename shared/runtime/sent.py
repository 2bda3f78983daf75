"""What the relay took to Kafka, counted by type of event."""

from __future__ import annotations

from collections.abc import Sequence

from asyncpg import Record

from shared.runtime import metrics
from shared.runtime.envelope import SHARDS


def count(rows: Sequence[Record]) -> None:
    """These were acknowledged. What goes to a topic that has a shard of its own is somebody's copy
    of an event, and a dead letter (its headers are a list) is none of ours: neither is an event
    that was said."""
    metrics.relay_sent.inc(len(rows))
    types = [row["headers"]["ce_type"] for row in rows if _is_said(row)]
    for type_ in set(types):
        metrics.events_sent.labels(type_).inc(types.count(type_))


def _is_said(row: Record) -> bool:
    headers = row["headers"]
    return row["shard"] < SHARDS and isinstance(headers, dict) and "ce_type" in headers
