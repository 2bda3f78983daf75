"""Closing: a completed session as a whole, once everybody of it is settled (`settling.py`).

Humans are called where they are needed, and the first time `session.completed` is said.
"""

from __future__ import annotations

from services.attendance.commands import deadlines, silence, tasks
from services.attendance.commands.deadlines import named
from services.attendance.commands.gathering import window_of
from services.attendance.commands.overview import Overview, overlook
from services.attendance.domain.presence import taught_seconds
from services.attendance.domain.schedule import State
from services.attendance.models import Session
from shared.contracts.attendance import SessionCompleted
from shared.contracts.course import PresenceRule as RuleSaid
from shared.runtime.due import Due
from shared.runtime.plans import Plan, alone, needs
from shared.runtime.rows import where
from shared.runtime.work import Work


def _whole_needs(due: Due) -> Plan:
    key = named(due.payload)
    yield [where(Session, course_id=key[0])]
    return [(Session, key), *tasks.tasks_of(*key)]


@alone
@needs(_whole_needs)
async def review_session(work: Work, due: Due) -> None:
    """Late evidence was looked at for everybody: is a human needed, or no longer? Of a session that
    waits for one to say whose participants are: has that been said?"""
    session = work.get(Session, named(due.payload))
    if session is None or session.expired_at is not None:
        return
    if session.state == State.COMPLETED:
        tasks.review(work, session, await overlook(work.con, session))
    elif session.state in (State.PLANNED, State.OPEN):
        silence.said(work, session, await overlook(work.con, session))


@alone
@needs(_whole_needs)
async def close_session(work: Work, due: Due) -> None:
    """Everybody is settled: say that the session is completed, and call humans where need be. The
    end of a walk of a former schedule says nothing: its session was opened again meanwhile."""
    session = work.get(Session, named(due.payload))
    if session is None or session.state != State.COMPLETED:
        return
    if due.version not in (0, session.schedule_version):  # 0: planned by an earlier release
        return
    overview = await overlook(work.con, session)
    others = work.find(where(Session, course_id=session.course_id))
    tasks.review(work, session, overview)
    tasks.unplaced(work, session.course_id, [o for o in others if o.state == State.STUB])
    last = not any(other.state in (State.PLANNED, State.OPEN) for other in others)
    work.emit(_completed(work, session, overview, last))


@needs(lambda due: [(Session, named(due.payload))])
async def settle_later(work: Work, due: Due) -> None:
    """What was still to come of a session that an operator completed has come by now."""
    session = work.get(Session, named(due.payload))
    if session is not None and session.state == State.COMPLETED:
        deadlines.settle_again(work, session)


def _completed(work: Work, session: Session, overview: Overview, last: bool) -> SessionCompleted:
    window = window_of(session)
    assert window is not None
    return SessionCompleted(
        course_id=session.course_id,
        session_id=session.session_id,
        starts_at=window.starts_at,
        ends_at=window.ends_at,
        instruction_minutes=taught_seconds(window.seconds, session.instruction_minutes) // 60,
        rule=RuleSaid(version=session.rule_version, max_missed_seconds=session.max_missed_seconds),
        completed_at=session.completed_at or work.now,
        settled_at=work.now,
        by=session.completed_by or "grace",
        expected=overview.expected,
        present=overview.present,
        last=last,
    )
