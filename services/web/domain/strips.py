"""A strip of a session with the intervals in which somebody was there: drawn, never counted.

How many seconds count is attendance's to say; a strip only shows when they were.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.dates import parse_instant

_NOT_TOLD = frozenset({"live", "correction", "sheet"})
LEAST = 0.4  # per cent of the width: a minute that is drawn too thin is not seen


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time within the session; `x` and `width` are its place on the strip, in per cent."""

    start: datetime
    end: datetime
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Strip:
    """When somebody was there, and the breaks; `inferred` where an end was not seen."""

    present: tuple[Stretch, ...]
    breaks: tuple[Stretch, ...]
    inferred: bool


Span = tuple[datetime, datetime]


def strip_of(
    evidence: Iterable[Any],
    starts_at: datetime,
    ends_at: datetime,
    breaks: Iterable[Span],
    now: datetime,
) -> Strip | None:
    """The strip of one session; None where there is nothing to draw.

    A report is drawn instead of the live view, as it counts instead of it, and what staff corrected
    or was signed beside either. A stay that has not ended lasts until now. What cannot be read is
    left out.
    """
    known = [one for one in evidence if isinstance(one, Mapping)]
    read = [(span, one) for one in known if (span := span_of(one, now))]
    told = any(one.get("source") not in _NOT_TOLD for _, one in read)
    stays = [(span, one) for span, one in read if not told or one.get("source") != "live"]
    present = union(clipped([span for span, _ in stays], starts_at, ends_at))
    if not present or ends_at <= starts_at:
        return None
    inferred = any(one.get("inferred") or not one.get("left_at") for _, one in stays)
    pauses = union(clipped(list(breaks), starts_at, ends_at))
    return Strip(placed(present, starts_at, ends_at), placed(pauses, starts_at, ends_at), inferred)


def placed(spans: Iterable[Span], starts_at: datetime, ends_at: datetime) -> tuple[Stretch, ...]:
    """Spans where they lie between two instants."""
    whole = (ends_at - starts_at).total_seconds()
    return tuple(
        Stretch(
            start,
            end,
            round(100 * (start - starts_at).total_seconds() / whole, 2),
            round(max(LEAST, 100 * (end - start).total_seconds() / whole), 2),
        )
        for start, end in spans
    )


def span_of(stay: Mapping[str, Any], now: datetime) -> Span | None:
    """From when to when a stay lasted, until now where it has no end; None where it cannot be
    read."""
    try:
        joined = parse_instant(str(stay.get("joined_at")))
        left = parse_instant(str(stay["left_at"])) if stay.get("left_at") else max(joined, now)
    except ValueError:
        return None
    return joined, left


def clipped(spans: Iterable[Span], starts_at: datetime, ends_at: datetime) -> list[Span]:
    """The parts of spans between two instants."""
    within = [(max(start, starts_at), min(end, ends_at)) for start, end in spans]
    return [(start, end) for start, end in within if start < end]


def union(spans: list[Span]) -> list[Span]:
    """The same times as spans that do not touch, in order."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined
