"""Schedule: the states of a session, when its door opens, when it is complete (domain.md §5).

stub       heard of (by evidence or a partner) before its course was
planned    has a window; the door is closed
open       the door is open: from some minutes (15 by default) before the start
completed  settled; stays so, unless the course had moved or cancelled it before (decision 118)
cancelled  will not be held; a later version of the course may bring it back
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from shared.dates import add_years, day_of, end_of_day
from shared.errors import Conflict

EARLY_END = timedelta(minutes=5)
SILENT_FOR = timedelta(hours=1)  # what a session waits of which nothing is known (decision 63)
SHEET_FOR = timedelta(hours=24)  # the same in a room: its sheet is carried home first
KEEP_YEARS = 7  # where no board says how long (domain.md §9)


class State(StrEnum):
    """Where a session stands."""

    STUB = "stub"
    PLANNED = "planned"
    OPEN = "open"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class NotStarted(Conflict):
    """A session that has not begun cannot be completed."""

    slug = "session-not-started"


class NotOver(Conflict):
    """Before its planned end nobody can know that the whole of a session was taught."""

    slug = "session-not-over"


class NotHeld(Conflict):
    """A cancelled session is never completed."""

    slug = "session-cancelled"


class NotMoved(Conflict):
    """Only a session that the course has moved since it was completed is opened again."""

    slug = "session-not-moved"


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a schedule has a session: `window` is start, end and breaks, as they are compared."""

    version: int
    window: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Timing:
    """When a session's door opens, and when it is complete if nobody says so before."""

    opens_at: datetime
    completes_at: datetime


def timing(
    starts_at: datetime, ends_at: datetime, opens_before: timedelta, grace: timedelta
) -> Timing:
    """The instants at which something is due for a session; `grace` is for the report to come."""
    return Timing(starts_at - opens_before, ends_at + grace)


def kept_until(last: datetime, zone: str, years: int) -> datetime:
    """Until when evidence is kept: to the end of the day, as many years after the last session."""
    return end_of_day(add_years(day_of(last, zone), years), zone)


def scheduled(state: State, opens_at: datetime, now: datetime) -> State:
    """A window was heard, new or moved: what was settled stays (but see `by_another_time`), a moved
    door closes again."""
    if state is State.COMPLETED:
        return state
    if state is State.OPEN and now >= opens_at:
        return State.OPEN
    return State.PLANNED


def by_another_time(settled: Placed, said: Placed) -> bool:
    """Whether a session that is completed was so by times that no longer held: the course moved it
    before, and that is heard now. A move to the same times is none, and what is said of an older
    schedule, or of the same, is no move."""
    return said.version > settled.version and said.window != settled.window


def opened(state: State) -> State:
    """The door's time has come."""
    return State.OPEN if state is State.PLANNED else state


def cancelled(state: State) -> State:
    """The session will not be held; what was settled stays."""
    return state if state is State.COMPLETED else State.CANCELLED


def may_complete(state: State, starts_at: datetime | None, now: datetime) -> None:
    """Refuse an operator's completion of what cannot have been taught."""
    if state is State.CANCELLED:
        raise NotHeld("This session was cancelled.")
    if starts_at is None or now < starts_at:
        raise NotStarted("This session has not begun.")


def may_complete_whole(ends_at: datetime, now: datetime) -> None:
    """Refuse a session's completion before its planned end where nobody says how much of it was
    taught, nor that this is meant: settled at once, it cannot be taken back."""
    if now < ends_at:
        raise NotOver(
            "This session has not ended. If it was cut short, say the minutes that were taught"
            " (--minutes; instruction_minutes); if it is to be completed as planned already, say"
            " so (--early; early). Completing cannot be taken back: certificates may go out."
        )


def silent_until(ends_at: datetime, *, in_a_room: bool) -> datetime:
    """How long a session waits after its end while nothing at all is known of who was there."""
    return ends_at + (SHEET_FOR if in_a_room else SILENT_FOR)


def ended_early(
    ends: Sequence[datetime], last_entry: datetime | None, ends_at: datetime
) -> datetime | None:
    """When the platform ended the session more than 5 minutes early, or None.

    `ends` of all meetings of the session; an entry after the last of them means that it went on
    (behind a swapped meeting, say).
    """
    if not ends:
        return None
    last = max(ends)
    if last_entry is not None and last_entry > last:
        return None
    return last if ends_at - last > EARLY_END else None
