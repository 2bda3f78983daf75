"""Opening and completing sessions, by the clock or by an operator.

A session of whose people nobody is known to have been there, or too few for whom waits unmatched,
is not completed by the clock in silence: a human is asked, and it waits for them (decision 63).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from services.attendance.commands import deadlines, silence
from services.attendance.commands.deadlines import named, ref_of
from services.attendance.commands.fetches import fetches_of
from services.attendance.commands.gathering import window_of
from services.attendance.domain import fetching, schedule
from services.attendance.domain.presence import taught_seconds
from services.attendance.domain.schedule import State
from services.attendance.models import Session
from shared.contracts.attendance import SessionOpened
from shared.errors import Conflict, NotFound
from shared.runtime.due import Due
from shared.runtime.plans import alone, needs
from shared.runtime.rows import replace
from shared.runtime.work import Work


class SessionUnknown(NotFound):
    """There is no such session (yet)."""

    slug = "session-unknown"


class EvidenceExpired(Conflict):
    """The evidence was kept for its time, and is deleted: nothing is decided by it any more."""

    slug = "evidence-expired"


@dataclass(frozen=True, slots=True)
class Complete:
    """An operator completes a session; `instruction_minutes` where it was cut short."""

    course_id: str
    session_id: str
    instruction_minutes: int | None
    by: str
    grace: timedelta
    early: bool = False  # before its planned end, and meant


@needs(lambda due: [(Session, named(due.payload))])
async def open_session(work: Work, due: Due) -> Session | None:
    """The door's time has come; gives the session that is open now. A deadline of an older schedule
    is without effect."""
    session = work.get(Session, named(due.payload))
    if session is None or due.version != session.schedule_version:
        return None
    state = schedule.opened(State(session.state))
    if state == session.state or session.starts_at is None or session.ends_at is None:
        return None
    session = replace(session, state=str(state))
    work.put(session)
    work.emit(
        SessionOpened(
            course_id=session.course_id,
            session_id=session.session_id,
            starts_at=session.starts_at,
            ends_at=session.ends_at,
            opened_at=work.now,
        )
    )
    return session


@alone
@needs(
    lambda due: [
        (Session, named(due.payload)),
        fetches_of(named(due.payload)),
        *silence.tasks_of(*named(due.payload)),
    ]
)
async def complete_by_clock(work: Work, due: Due) -> None:
    """The end has passed and the report is in, or its grace is over.

    The grace is for the report: while it is fetched there is more of it, up to an hour. So is
    there where nobody is known, and of a room a day, for its sheet; a human is asked.
    """
    session = work.get(Session, named(due.payload))
    if session is not None and session.moved is not None:
        # Completed by former times, and nobody opened it again: its new time is over, too, so who
        # waits for its end by the course's own schedule is told once more.
        if due.version == session.moved["schedule_version"]:
            deadlines.close(work, session)
        return
    if session is None or due.version != session.schedule_version:
        return
    if session.state not in (State.PLANNED, State.OPEN) or session.ends_at is None:
        return
    by = str(due.payload.get("by", "grace"))
    fetches = work.find(fetches_of(named(due.payload)))
    fetched_until = session.ends_at + fetching.HOLDS_FOR
    under_way = any(fetch.state in fetching.UNDER_WAY for fetch in fetches)
    if by == "grace" and under_way and work.now < fetched_until:
        deadlines.wait(work, session, fetched_until)
    elif await silence.holds(work, session):
        deadlines.wait(work, session, deadlines.silent_until_of(session))
    else:
        _complete(work, session, by=by, instruction_minutes=None)


@needs(
    lambda asked: [
        (Session, (asked.course_id, asked.session_id)),
        *silence.tasks_of(asked.course_id, asked.session_id),
    ]
)
async def complete(work: Work, asked: Complete) -> Session:
    """Complete now. Again: the same answer; with other `instruction_minutes`: judged anew.

    Before its planned end only where the minutes taught are said, or that it is meant (`early`).
    """
    session = work.get(Session, (asked.course_id, asked.session_id))
    window = window_of(session) if session else None
    if session is None or window is None:
        raise SessionUnknown("There is no such session.")
    still_kept(session)
    schedule.may_complete(State(session.state), session.starts_at, work.now)
    taught_seconds(window.seconds, asked.instruction_minutes)
    minutes = asked.instruction_minutes
    if session.state != State.COMPLETED and minutes is None and not asked.early:
        schedule.may_complete_whole(window.ends_at, work.now)
    silence.ended(work, asked.course_id, asked.session_id, "completed-by-hand")
    if session.state == State.COMPLETED and minutes in (None, session.instruction_minutes):
        return session
    session = _complete(work, session, by="operator", instruction_minutes=minutes)
    why = f"instruction-minutes-{minutes}" if minutes is not None else ""
    work.audit("session.completed", ref_of(asked.course_id, asked.session_id), why)
    late = window.ends_at + asked.grace
    if work.now < late:  # what is still to come of this session is looked at when it has come
        deadlines.settle_later(work, session, late)
    return session


def still_kept(session: Session) -> None:
    """Refuse what would decide by evidence that is deleted."""
    if session.expired_at is not None:
        raise EvidenceExpired("The evidence of this session was kept for its time, and is deleted.")


def _complete(work: Work, session: Session, *, by: str, instruction_minutes: int | None) -> Session:
    """From here on no evidence is missed: what comes later finds the session completed."""
    if session.state != State.COMPLETED:
        deadlines.drop_session(work, session)
    session = replace(
        session,
        state=str(State.COMPLETED),
        instruction_minutes=instruction_minutes or session.instruction_minutes,
        completed_at=session.completed_at or work.now,
        completed_by=session.completed_by or by,
    )
    work.put(session)
    deadlines.close(work, session)
    return session
