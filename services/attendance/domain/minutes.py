"""Minutes: the seconds of a session that count (domain.md §5).

They are the union of a person's stays over all devices and meeting instances (`stays.py`), clipped
to the session's window, less its breaks.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

Span = tuple[datetime, datetime]
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Window:
    """When a session is taught: half-open instants, and its breaks."""

    starts_at: datetime
    ends_at: datetime
    breaks: tuple[Span, ...] = ()

    @property
    def seconds(self) -> int:
        """Seconds taught as scheduled: the window less its breaks."""
        return attended_seconds([(self.starts_at, self.ends_at)], self)

    def first(self, seconds: int) -> Window:
        """The part of it in which its first so many seconds were taught; breaks do not count."""
        left, at = timedelta(seconds=seconds), self.starts_at
        for pause, again in merged(_clip(self.breaks, self.starts_at, self.ends_at)):
            if at + left <= pause:
                break
            left, at = left - (pause - at), again
        return Window(self.starts_at, min(at + left, self.ends_at), self.breaks)


def attended_seconds(spans: Iterable[Span], window: Window) -> int:
    """Whole seconds that the spans cover of the window, less its breaks; a part of one is lost."""
    inside = merged(_clip(spans, window.starts_at, window.ends_at))
    pauses = merged(_clip(window.breaks, window.starts_at, window.ends_at))
    total = sum((end - start for start, end in inside), timedelta())
    lost = sum((_overlap(a, b) for a in inside for b in pauses), timedelta())
    return (total - lost) // _SECOND


def counting(spans: Iterable[Span], window: Window) -> list[Span]:
    """The times of the window that the spans cover, less its breaks: what `attended_seconds` adds
    up, in order."""
    left = merged(_clip(spans, window.starts_at, window.ends_at))
    for start, end in merged(_clip(window.breaks, window.starts_at, window.ends_at)):
        left = [
            part
            for a, b in left
            for part in ((a, min(b, start)), (max(a, end), b))
            if part[0] < part[1]
        ]
    return left


def merged(spans: Iterable[Span]) -> list[Span]:
    """The union of spans as disjoint spans in order; empty and backward ones vanish."""
    result: list[Span] = []
    for start, end in sorted(spans):
        if end <= start:
            continue
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


def _clip(spans: Iterable[Span], start: datetime, end: datetime) -> list[Span]:
    return [(max(a, start), min(b, end)) for a, b in spans]


def _overlap(one: Span, other: Span) -> timedelta:
    return max(min(one[1], other[1]) - max(one[0], other[0]), timedelta())


def touches(joined_at: datetime, left_at: datetime | None, window: Window) -> bool:
    """Whether a line is about the session at all: one of another day (the wrong file, a run that
    belongs to another session) says nothing of it, not even that somebody was not there."""
    return joined_at < window.ends_at and (left_at is None or left_at > window.starts_at)
