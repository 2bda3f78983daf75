"""When an employer's open invoice is reminded of: a week before it is due, a day after, two weeks
after (domain.md §4)."""

from __future__ import annotations

from datetime import datetime, timedelta

STEPS = (timedelta(days=-7), timedelta(days=1), timedelta(days=14))
OVERDUE, LAST = 2, len(STEPS)  # levels


def level_at(due_at: datetime, now: datetime) -> int:
    """How far it has come: 0 is not yet, 1 soon due. Who comes late is at the newest at once."""
    return sum(due_at + step <= now for step in STEPS)


def next_at(due_at: datetime, now: datetime) -> datetime | None:
    """When it is reminded of next; None after the last time."""
    return next((due_at + step for step in STEPS if due_at + step > now), None)
