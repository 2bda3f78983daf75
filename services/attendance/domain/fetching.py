"""Fetching a report: when to ask the platform again, and which runs of a meeting are asked for.

A report is not there at once after a meeting; the platform may be busy, away, or say no. So it is
asked with growing pauses for a day, and then a human brings it. Completion waits for a fetch that
is under way, but no longer than an hour: what comes later upgrades (domain.md §5).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.attendance.domain.meetings import Placed, session_at

AFTER_END = timedelta(minutes=2)  # a report is made after its meeting
AGAIN = timedelta(hours=2)  # after the end: a second look, for a run that went on beyond it
TRIED_FOR = timedelta(hours=24)
HOLDS_FOR = timedelta(hours=1)  # completion, after the session's end
_LONGEST_PAUSE = 60  # minutes
_BEFORE = timedelta(hours=24)  # no meeting runs longer
_ON = timedelta(hours=12)  # a run that goes on into another session: those of a day
UNDER_WAY = frozenset({"planned", "fetching", "waiting"})


@dataclass(frozen=True, slots=True)
class Instance:
    """One run of a meeting, as the platform lists it; `started_at` None where that is not told."""

    uuid: str
    meeting_id: str
    started_at: datetime | None = None


def pause(tries: int) -> timedelta:
    """How long to wait after so many tries in vain: 1, 2, 4, … minutes, at most an hour."""
    return timedelta(minutes=min(2 ** max(0, min(tries, 10) - 1), _LONGEST_PAUSE))


def is_of(instance: Instance, session: Placed, of_meeting: Collection[Placed]) -> bool:
    """Whether a run may have been this session's: it was not over when the run began, and of all
    that the meeting stands for the run began in this one, or in one before it on the same day (the
    host left it running). Lines that are not within the session count for nothing there. A run of
    which no start is told is taken."""
    began = instance.started_at
    if began is None or session.starts_at is None or session.ends_at is None:
        return True
    if not session.starts_at - _BEFORE <= began < session.ends_at:
        return False
    nearest = session_at(of_meeting, began)
    here = (session.course_id, session.session_id)
    if nearest is None or (nearest.course_id, nearest.session_id) == here:
        return True
    earlier = nearest.starts_at is not None and nearest.starts_at < session.starts_at
    return earlier and began >= session.starts_at - _ON


def is_meeting_of_zoom(meeting_id: str) -> bool:
    """Zoom's meetings have numbers: 9 to 11 digits."""
    return meeting_id.isascii() and meeting_id.isdigit() and 9 <= len(meeting_id) <= 11
