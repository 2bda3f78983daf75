"""Settling: what each registration attended of a completed session, said once and then only better.

Completion, and every look at the evidence after it, runs alone in its transaction under the lock
of the session's row. Seconds of everyone are computed in one go; what changed is said.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.attendance.commands import tasks
from services.attendance.commands.deadlines import named
from services.attendance.commands.gathering import Gathered, gather, window_of
from services.attendance.domain.evidence import Attended
from services.attendance.domain.presence import (
    Change,
    PresenceRule,
    Standing,
    standing,
    taught_seconds,
    weigh,
)
from services.attendance.models import Record, Session
from shared.contracts.attendance import AttendanceSettled
from shared.contracts.course import PresenceRule as RuleSaid
from shared.runtime.due import Due
from shared.runtime.plans import Plan, alone, needs
from shared.runtime.rows import Query, replace, where
from shared.runtime.work import Work

_NOTHING = Attended()


@dataclass(frozen=True, slots=True)
class _Found:
    """What the evidence says of one registration now."""

    registration_id: str
    person_id: str
    standing: Standing
    attended: Attended


def settle_needs(course_id: str, session_id: str) -> Plan:
    """The session (locked: nothing is added meanwhile), all that was settled of it, its tasks."""
    [settled] = yield [records_of(course_id, session_id)]
    return [
        (Session, (course_id, session_id)),
        records_of(course_id, session_id),
        *tasks.tasks_of(course_id, session_id, settled),
    ]


def records_of(course_id: str, session_id: str) -> Query[Record]:
    """What was settled of a session."""
    return where(Record, course_id=course_id, session_id=session_id)


@alone
@needs(lambda due: settle_needs(*named(due.payload)))
async def settle_session(work: Work, due: Due) -> None:
    """Evidence, a match or a payment came after completion: look again."""
    session = work.get(Session, named(due.payload))
    if session is not None and session.state == "completed":
        await settle(work, session)


async def settle(work: Work, session: Session) -> Gathered:
    """Compare what is settled with what the evidence says now, and say what is first or better."""
    # Ten thousand learners take longer than the pause after which a transaction is given up.
    await work.con.execute("SET LOCAL idle_in_transaction_session_timeout = '60s'")
    gathered = await gather(work.con, session, work.now)
    window = window_of(session)
    assert window is not None
    taught = taught_seconds(window.seconds, session.instruction_minutes)
    rule = PresenceRule(session.rule_version, session.max_missed_seconds)
    settled = work.find(records_of(session.course_id, session.session_id))
    records = {record.registration_id: record for record in settled}
    for registration_id, person_id in gathered.expected.items():
        attended = gathered.attended.get(registration_id, _NOTHING)
        found = _Found(
            registration_id, person_id, standing(attended.seconds, taught, rule), attended
        )
        _settle_one(work, session, records.get(registration_id), found, taught)
    tasks.review(work, session, gathered)
    return gathered


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
