"""When a board's report is due, and when one who has to make it is reminded."""

from __future__ import annotations

from datetime import datetime, timedelta

BEFORE = timedelta(days=3)  # a report that is due within a day is asked for at once
DAILY, WEEKLY, LAST = timedelta(days=1), timedelta(days=7), timedelta(days=366)


def due_at(last_end: datetime, within_days: int) -> datetime:
    """The end of the time in which the registry wants to hear of a course."""
    return last_end + timedelta(days=within_days)


def first_look(last_end: datetime, within_days: int) -> datetime:
    """When it is first looked whether somebody is still to be reported: never before the end."""
    return max(last_end, due_at(last_end, within_days) - BEFORE)


def next_look(now: datetime, last_end: datetime, within_days: int) -> datetime | None:
    """Daily until it is due, then weekly for a year; what changes later asks for itself."""
    due = due_at(last_end, within_days)
    if now >= due + LAST:
        return None
    return now + (DAILY if now < due else WEEKLY)
