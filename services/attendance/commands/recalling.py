"""What this service said is heard by it again after its database was restored from a backup: what
was settled since stands, though the evidence for it is lost (runtime.md §6, decision 103).

So a session that is completed again with less evidence takes nothing back by itself: what is worse
than what was settled waits for a human, who fetches the platform's report once more. Nor does it
give more: one that an operator cut short stays so.

The backup may have a session by times that it had left since, even completed by them (decision
118). What was said last tells the later ones: it is open again at those, before its course says so
once more, so that nothing settled by them is taken for a measure of the former ones.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from services.attendance.commands import deadlines, moved, reopening, scheduling
from services.attendance.commands.gathering import window_of
from services.attendance.domain.schedule import State
from services.attendance.models import Record, Session, Settlement
from shared.contracts.attendance import AttendanceSettled, SessionCompleted
from shared.contracts.course import Session as Scheduled
from shared.runtime.plans import Wanted, needs
from shared.runtime.rows import replace
from shared.runtime.work import Work

LOST = ""  # the digest of evidence that is not here


def _session_needs(event: AttendanceSettled | SessionCompleted) -> list[Wanted]:
    key = event.course_id, event.session_id
    return [(Session, key), *reopening.asked_of(*key)]


def _settled_needs(event: AttendanceSettled) -> Sequence[Wanted]:
    about = event.course_id, event.session_id, event.registration_id
    settlement = Settlement, (*about, event.evidence_version)
    return [(Record, about), settlement, *_session_needs(event)]


def settled_recaller(grace: timedelta) -> Callable[[Work, AttendanceSettled], Awaitable[None]]:
    """The handler of what was settled; `grace` is how long a session waits for its report."""

    @needs(_settled_needs)
    async def recall_settled(work: Work, event: AttendanceSettled) -> None:
        """The version that was said last is the one that stands."""
        window = event.session_starts_at, event.session_ends_at
        session = await _by_its_times(work, event, window, event.settled_at, grace)
        about = event.course_id, event.session_id, event.registration_id
        known = work.get(Record, about)
        facts = _facts(event)
        if work.get(Settlement, (*about, event.evidence_version)) is None:
            missed = event.rule.max_missed_seconds
            work.put(Settlement(**facts, max_missed_seconds=missed, origins=list(event.origins)))
        if known is None or known.evidence_version < event.evidence_version:
            work.put(Record(**facts, schedule_version=_schedule_of(window, session)))

    return recall_settled


def completed_recaller(grace: timedelta) -> Callable[[Work, SessionCompleted], Awaitable[None]]:
    """The handler of completed sessions; `grace` as above."""

    @needs(_session_needs)
    async def recall_minutes(work: Work, event: SessionCompleted) -> None:
        """The minutes that were taught, as said last; of a session that the backup knows by the
        times that they are of."""
        said_at = event.settled_at or event.completed_at
        times = event.starts_at, event.ends_at
        session = await _by_its_times(work, event, times, said_at, grace)
        window = window_of(session) if session else None
        if session is None or window is None or session.recorded:
            return
        if (window.starts_at, window.ends_at) != times:
            return
        cut = event.instruction_minutes * 60 < window.seconds
        work.put(replace(session, instruction_minutes=event.instruction_minutes if cut else None))

    return recall_minutes


async def _by_its_times(
    work: Work,
    event: AttendanceSettled | SessionCompleted,
    times: tuple[datetime, datetime],
    said_at: datetime,
    grace: timedelta,
) -> Session | None:
    """The session, open again at the times it had when that was said, where those are later than
    all that the backup knows of it."""
    session = work.get(Session, (event.course_id, event.session_id))
    if session is None or session.state in (State.STUB, State.CANCELLED):
        return session
    since = session.completed_at or session.reopened_at
    former = since is not None and said_at <= since
    if former or session.expired_at is not None or times == (session.starts_at, session.ends_at):
        return session
    moved.ask_no_more(work, session, "reopened")
    again = await reopening.opened(work, session)
    heard = Scheduled.model_validate(session.moved) if session.moved is not None else None
    if heard is not None and times == (heard.starts_at, heard.ends_at):
        return scheduling.take_over(work, again, heard, grace)
    deadlines.drop_session(work, session)  # they were of a schedule that it left
    starts_at, ends_at = times
    # Its course says it again, and how it is paused and numbered: until then it is of no schedule.
    again = replace(again, schedule_version=0, starts_at=starts_at, ends_at=ends_at, breaks=[])
    work.put(again)
    return again


def _facts(event: AttendanceSettled) -> dict[str, Any]:
    return {
        "course_id": event.course_id,
        "session_id": event.session_id,
        "registration_id": event.registration_id,
        "person_id": event.person_id,
        "seconds": event.seconds,
        "present": event.present,
        "instruction_seconds": event.instruction_seconds,
        "inferred": event.inferred,
        "rule_version": event.rule.version,
        "evidence_version": event.evidence_version,
        "evidence_sha256": LOST,
        "settled_at": event.settled_at,
        "by": event.by,
    }


def _schedule_of(times: tuple[datetime, datetime], session: Session | None) -> int | None:
    """By which schedule it was settled, where the backup knows the session by it."""
    same = session is not None and times == (session.starts_at, session.ends_at)
    return (session.schedule_version or None) if session is not None and same else None
