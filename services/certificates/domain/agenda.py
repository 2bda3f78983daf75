"""Which titled hour of a session was taught when, and its breaks (domain.md §9a)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Stretch:
    """A piece of a session without a pause. `hour` counts from 1, and is 0 for a break."""

    starts_at: datetime
    ends_at: datetime
    hour: int


def stretches(
    starts_at: datetime,
    ends_at: datetime,
    breaks: Iterable[tuple[datetime, datetime]],
    hours: int,
) -> Sequence[Stretch]:
    """A session in order: its titled hours, each of sixty minutes taught, and the breaks between.

    An hour with a break in its midst is two stretches. Nothing where the titles are not one to each
    hour taught: then nobody said which part began when.
    """
    pauses = sorted(breaks)
    taught = (ends_at - starts_at) - sum((end - start for start, end in pauses), timedelta())
    if not hours or taught != hours * HOUR:
        return ()
    found: list[Stretch] = []
    now, hour, left = starts_at, 1, HOUR
    for start, end in [*pauses, (ends_at, ends_at)]:
        while now < start:
            until = min(start, now + left)
            found.append(Stretch(now, until, hour))
            left -= until - now
            now = until
            if not left:
                hour, left = hour + 1, HOUR
        if end > start:
            found.append(Stretch(start, end, 0))
        now = end
    return found
