"""Settling: what each registration attended of a completed session, said once and then only better.

Each registration is settled by itself, under the lock of the session's row, by a walk over the
course's (`deadlines.py`); what changed is said. When all are, the session is looked at as a whole:
humans are called where they are needed, and the first time `session.completed` is said, so after
what was settled. Whoever is confirmed, and whatever comes, after a session is completed asks for
the walk again.
"""

from __future__ import annotations

import dataclasses

from services.attendance.commands import tasks
from services.attendance.commands.correctable import as_said, corrections_of
from services.attendance.commands.deadlines import named
from services.attendance.commands.gathering import taught_window, window_of
from services.attendance.commands.lines_of import attended_of, lines_needs
from services.attendance.commands.settled import Found, record_of, settle, stands, uphold
from services.attendance.domain.corrections import (
    accepted_since,
    decided,
    in_force,
    needs_a_human,
    only_less_taught,
    ruled_since,
    upheld,
)
from services.attendance.domain.doubts import doubts_of
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
from shared.runtime.due import Due
from shared.runtime.plans import Plan, needs
from shared.runtime.rows import Query, replace, where
from shared.runtime.work import Work


def registrations_of(due: Due) -> Query[Registration]:
    """Everybody of the course; who is not expected at the session is passed over."""
    return where(Registration, course_id=named(due.payload)[0])


def _one_needs(due: Due) -> Plan:
    key, registration_id = named(due.payload), due.payload["registration_id"]
    yield [(Registration, registration_id)]
    yield from lines_needs(key, registration_id)
    yield [corrections_of(key, registration_id)]
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
    if session.expired_at is not None:  # what was settled was kept for its time, and is deleted
        return
    await _settle(work, session, registration)


async def _settle(work: Work, session: Session, registration: Registration) -> None:
    registration_id = registration.registration_id
    key = (session.course_id, session.session_id)
    window, part = window_of(session), taught_window(session)
    assert window is not None
    assert part is not None
    confirmed = registration.confirmed_at is not None
    gave_back = session.session_id in registration.given_back
    if not expected(confirmed, registration.ended_at, window.starts_at, gave_back=gave_back):
        return
    taught = taught_seconds(window.seconds, session.instruction_minutes)
    rule = PresenceRule(session.rule_version, session.max_missed_seconds)
    attended = attended_of(work, session, registration_id)
    said = as_said(work.find(corrections_of(key, registration_id)))
    ruling = in_force(said)
    counts = attended.seconds if ruling is None else ruling.seconds or 0
    now = standing(counts, taught, rule)
    doubtful = ruling is None and not now.present
    found = Found(
        registration_id,
        registration.person_id,
        now,
        attended,
        ruling.number if ruling else None,
        decided(said),
        doubts=doubts_of(attended, window, part, taught, rule) if doubtful else (),
    )
    record = work.get(Record, (*key, registration_id))
    if stands(record, session) is None:
        _settle_first(work, session, record, found, taught)
        return
    assert record is not None
    found = dataclasses.replace(found, accepted=accepted_since(said, record.correction))
    left = upheld(Standing(record.seconds, record.present), taught, rule, found.accepted)
    by_staff = ruled_since(said, record.correction)
    if needs_a_human(
        weigh(left, found.standing),
        by_staff=by_staff or _cut(work, session, record, taught, rule),
        anew=found.accepted is not None or record.instruction_seconds != taught,
        seconds=found.standing.seconds,
        kept=record.kept_seconds,
    ):
        await _settle_left(work, session, record, found, taught, left)
    else:
        _settle_anew(work, session, record, found, taught, by_staff or found.standing == left)


def _settle_first(
    work: Work, session: Session, former: Record | None, found: Found, taught: int
) -> None:
    """The first time by this schedule. What was settled by a former one is no measure: nobody was
    taught then, so nothing is worse by it, and no human is called."""
    if former is not None and former.flagged_seconds is not None:
        tasks.mended(work, former)
    version = former.evidence_version + 1 if former is not None else 1
    settle(work, session, record_of(work, session, found, taught, version), found)


def _cut(work: Work, session: Session, record: Record, taught: int, rule: PresenceRule) -> bool:
    """Whether staff said that less was taught, and nothing else makes the result worse."""
    before = record.instruction_seconds
    if taught >= before:
        return False
    window = window_of(session)
    whole = window is None or before >= window.seconds
    then = replace(session, instruction_minutes=None if whole else before // 60)
    seconds = attended_of(work, then, record.registration_id).seconds
    settled = Standing(record.seconds, record.present)
    return only_less_taught(settled, standing(seconds, before, rule))


def _settle_anew(
    work: Work, session: Session, record: Record, found: Found, taught: int, by_staff: bool
) -> None:
    """Settle what the evidence says, or staff; `by_staff`: the difference is their word."""
    if record.flagged_seconds is not None:
        record = replace(record, flagged_seconds=None)
        work.put(record)
        tasks.mended(work, record)
    change = weigh(Standing(record.seconds, record.present), found.standing)
    recapped, said = record.instruction_seconds != taught, found.decided > record.correction
    if change is Change.BETTER or said or recapped:
        anew = change is not Change.SAME or recapped
        version = record.evidence_version + anew
        new = record_of(work, session, found, taught, version, by_staff=said and by_staff)
        if anew:
            settle(work, session, new, found)
        else:  # staff say what is settled already: there is nothing to tell
            by = {"by": new.by, "correction": new.correction, "doubts": new.doubts}
            work.put(replace(record, **by, kept_seconds=None))
    elif record.by == "evidence" and list(found.doubts) != record.doubts:
        work.put(replace(record, doubts=list(found.doubts)))  # what came since counts for nothing


async def _settle_left(
    work: Work, session: Session, record: Record, found: Found, taught: int, left: Standing
) -> None:
    """Worse: no more is revoked than staff said, and a human is called, once a result."""
    if found.accepted is not None:  # it got worse still, after they had looked
        found_then = dataclasses.replace(found, standing=left)
        version = record.evidence_version + 1
        record = record_of(work, session, found_then, taught, version, by_staff=True)
        settle(work, session, record, found_then)
    elif taught < record.instruction_seconds:
        record = await uphold(work, session, record, left, taught)
    if record.flagged_seconds != found.standing.seconds:
        work.put(replace(record, flagged_seconds=found.standing.seconds))
        tasks.worse(work, record, found.standing.seconds)
