"""Settled: a version of what counts of one registration, kept with all it rests on, and said."""

from __future__ import annotations

from dataclasses import dataclass

from services.attendance.domain.corrections import Correction
from services.attendance.domain.evidence import CORRECTION, Attended
from services.attendance.domain.presence import Standing
from services.attendance.models import Record, Session, Settlement
from shared.contracts.attendance import AttendanceSettled
from shared.contracts.course import PresenceRule as RuleSaid
from shared.runtime.rows import replace
from shared.runtime.work import Work

# Versions are never changed: under the lock of the session's row the latest may be read like this.
_RESTS_ON = """
SELECT origins, lines, matches, correction FROM settlements
WHERE course_id = $1 AND session_id = $2 AND registration_id = $3 AND evidence_version = $4
"""


@dataclass(frozen=True, slots=True)
class Found:
    """What counts of one registration now: by the evidence, or by what staff ruled."""

    registration_id: str
    person_id: str
    standing: Standing
    attended: Attended
    ruled: int | None  # the number of the ruling that holds
    decided: int  # the number of the last word of staff that settles
    accepted: Correction | None = None  # a worse result that staff accepted, not settled yet
    doubts: tuple[str, ...] = ()  # what may have cost them their presence


@dataclass(frozen=True, slots=True)
class _RestsOn:
    """What a version rests on, as `Settlement` keeps it."""

    origins: list[str]
    lines: list[str]
    matches: list[str]
    correction: int | None


def settle(work: Work, session: Session, record: Record, found: Found) -> None:
    """Write a version with all it rests on, and say it."""
    origins = list(found.attended.origins)
    if found.ruled is not None and CORRECTION not in origins:
        origins.append(CORRECTION)
    word = found.ruled
    if word is None and found.accepted is not None and record.by == "operator":
        word = found.accepted.number
    lines, matches = list(found.attended.lines), list(found.attended.matches)
    _write(work, session, record, _RestsOn(origins, lines, matches, word))


async def uphold(
    work: Work, session: Session, record: Record, left: Standing, taught: int
) -> Record:
    """Settle what is `left` of a version where less was taught. It rests on what that rested on;
    what came since says less, and waits for a human."""
    key = (record.course_id, record.session_id, record.registration_id, record.evidence_version)
    [former] = await work.con.fetch(_RESTS_ON, *key)
    new = replace(
        record,
        seconds=left.seconds,
        present=left.present,
        instruction_seconds=taught,
        evidence_version=record.evidence_version + 1,
        settled_at=work.now,
        # Who decides is told what is settled now.
        flagged_seconds=record.flagged_seconds if left.seconds == record.seconds else None,
    )
    _write(work, session, new, _RestsOn(**dict(former)))
    return new


def _write(
    work: Work,
    session: Session,
    record: Record,
    on: _RestsOn,
) -> None:
    work.put(record)
    work.put(
        Settlement(
            course_id=record.course_id,
            session_id=record.session_id,
            registration_id=record.registration_id,
            evidence_version=record.evidence_version,
            person_id=record.person_id,
            seconds=record.seconds,
            present=record.present,
            instruction_seconds=record.instruction_seconds,
            inferred=record.inferred,
            rule_version=record.rule_version,
            max_missed_seconds=session.max_missed_seconds,
            by=record.by,
            origins=on.origins,
            lines=on.lines,
            matches=on.matches,
            evidence_sha256=record.evidence_sha256,
            correction=on.correction,
            settled_at=work.now,
        )
    )
    work.emit(_said(work, session, record, on.origins))


def record_of(
    work: Work,
    session: Session,
    found: Found,
    taught: int,
    version: int,
    *,
    by_staff: bool = False,
) -> Record:
    """The record as it is from now on; `by_staff`: what staff said last has yet to be settled."""
    by_evidence = found.ruled is None and not by_staff
    return Record(
        course_id=session.course_id,
        session_id=session.session_id,
        registration_id=found.registration_id,
        person_id=found.person_id,
        seconds=found.standing.seconds,
        present=found.standing.present,
        instruction_seconds=taught,
        inferred=found.ruled is None and any(stay.inferred for stay in found.attended.counted),
        rule_version=session.rule_version,
        evidence_version=version,
        evidence_sha256=found.attended.digest,
        settled_at=work.now,
        by="evidence" if by_evidence else "operator",
        correction=found.decided,
        doubts=list(found.doubts) if by_evidence else [],
        schedule_version=session.schedule_version,
    )


def stands(record: Record | None, session: Session) -> Record | None:
    """The record, if it is of the schedule that the session has now: one of a former schedule tells
    by which version it was settled, and of what counts nothing."""
    if record is None or record.schedule_version in (None, session.schedule_version):
        return record
    return None


def _said(work: Work, session: Session, record: Record, origins: list[str]) -> AttendanceSettled:
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
        by=record.by,
        origins=tuple(origins),
        settled_at=work.now,
    )
