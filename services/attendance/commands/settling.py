"""Settling: what each registration attended of a completed session, said once and then only better.

Each registration is settled by itself, under the lock of the session's row, by a walk over the
course's (`deadlines.py`); what changed is said. When all are, the session is looked at as a whole:
humans are called where they are needed, and the first time `session.completed` is said, so after
what was settled. Whoever is confirmed, and whatever comes, after a session is completed asks for
the walk again.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.attendance.commands import deadlines, tasks
from services.attendance.commands.deadlines import named
from services.attendance.commands.gathering import Overview, overlook, window_of
from services.attendance.commands.lines_of import attended_of, lines_needs
from services.attendance.domain.evidence import Attended
from services.attendance.domain.presence import (
    Change,
    PresenceRule,
    Standing,
    standing,
    taught_seconds,
    weigh,
)
from services.attendance.domain.roll import expected
from services.attendance.domain.schedule import State
from services.attendance.models import Record, Registration, Session
from shared.contracts.attendance import AttendanceSettled, SessionCompleted
from shared.contracts.course import PresenceRule as RuleSaid
from shared.runtime.due import Due
from shared.runtime.plans import Plan, alone, needs
from shared.runtime.rows import Query, replace, where
from shared.runtime.work import Work


@dataclass(frozen=True, slots=True)
class _Found:
    """What the evidence says of one registration now."""

    registration_id: str
    person_id: str
    standing: Standing
    attended: Attended


def registrations_of(due: Due) -> Query[Registration]:
    """Everybody of the course; who is not expected at the session is passed over."""
    return where(Registration, course_id=named(due.payload)[0])


def _one_needs(due: Due) -> Plan:
    key, registration_id = named(due.payload), due.payload["registration_id"]
    yield [(Registration, registration_id)]
    yield from lines_needs(key, registration_id)
    return [
        (Session, key),
        (Record, (*key, registration_id)),
        tasks.task_of_record(*key, registration_id),
    ]


@needs(_one_needs)
async def settle_one(work: Work, due: Due) -> None:
    """Compare what is settled with what the evidence says now, and say what is first or better."""
    key, registration_id = named(due.payload), due.payload["registration_id"]
    session, registration = work.get(Session, key), work.get(Registration, registration_id)
    if session is None or registration is None or session.state != State.COMPLETED:
        return
    window = window_of(session)
    assert window is not None
    confirmed = registration.confirmed_at is not None
    gave_back = session.session_id in registration.given_back
    if not expected(confirmed, registration.ended_at, window.starts_at, gave_back=gave_back):
        return
    taught = taught_seconds(window.seconds, session.instruction_minutes)
    rule = PresenceRule(session.rule_version, session.max_missed_seconds)
    attended = attended_of(work, session, registration_id)
    found = _Found(
        registration_id,
        registration.person_id,
        standing(attended.seconds, taught, rule),
        attended,
    )
    _settle_one(work, session, work.get(Record, (*key, registration_id)), found, taught)


def _whole_needs(due: Due) -> Plan:
    key = named(due.payload)
    yield [where(Session, course_id=key[0])]
    return [(Session, key), *tasks.tasks_of(*key)]


@alone
@needs(_whole_needs)
async def review_session(work: Work, due: Due) -> None:
    """Late evidence was looked at for everybody: is a human needed, or no longer?"""
    session = work.get(Session, named(due.payload))
    if session is not None and session.state == State.COMPLETED:
        tasks.review(work, session, await overlook(work.con, session))


@alone
@needs(_whole_needs)
async def close_session(work: Work, due: Due) -> None:
    """Everybody is settled: say that the session is completed, and call humans where need be."""
    session = work.get(Session, named(due.payload))
    if session is None or session.state != State.COMPLETED:
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


def _settle_one(
    work: Work, session: Session, record: Record | None, found: _Found, taught: int
) -> None:
    settled = Standing(record.seconds, record.present) if record else None
    change = weigh(settled, found.standing)
    recapped = record is not None and record.instruction_seconds != taught
    lost = record is not None and record.present and not found.standing.present
    if record is not None and change is Change.WORSE and (lost or not recapped):
        _flag(work, record, found)
        return
    if record is not None and record.flagged_seconds is not None:
        work.put(replace(record, flagged_seconds=None))
        tasks.mended(work, record)
    if change is Change.SAME and not recapped:
        return
    version = record.evidence_version + 1 if record else 1
    new = _record(work, session, found, taught, version)
    work.put(new)
    work.emit(_said(work, session, new))


def _flag(work: Work, record: Record, found: _Found) -> None:
    """Worse: nothing is revoked, a human is called, once a result."""
    if record.flagged_seconds == found.standing.seconds:
        return
    work.put(replace(record, flagged_seconds=found.standing.seconds))
    tasks.worse(work, record, found.standing.seconds)


def _record(work: Work, session: Session, found: _Found, taught: int, version: int) -> Record:
    stays = found.attended.reported or found.attended.live
    return Record(
        course_id=session.course_id,
        session_id=session.session_id,
        registration_id=found.registration_id,
        person_id=found.person_id,
        seconds=found.standing.seconds,
        present=found.standing.present,
        instruction_seconds=taught,
        inferred=any(stay.inferred for stay in stays),
        rule_version=session.rule_version,
        evidence_version=version,
        evidence_sha256=found.attended.digest,
        settled_at=work.now,
        flagged_seconds=None,
    )


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


def _said(work: Work, session: Session, record: Record) -> AttendanceSettled:
    assert session.starts_at is not None
    assert session.ends_at is not None
    return AttendanceSettled(
        registration_id=record.registration_id,
        course_id=record.course_id,
        person_id=record.person_id,
        session_id=record.session_id,
        seconds=record.seconds,
        present=record.present,
        rule=RuleSaid(version=session.rule_version, max_missed_seconds=session.max_missed_seconds),
        evidence_version=record.evidence_version,
        instruction_seconds=record.instruction_seconds,
        session_starts_at=session.starts_at,
        session_ends_at=session.ends_at,
        inferred=record.inferred,
        settled_at=work.now,
    )
