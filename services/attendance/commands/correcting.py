"""Correcting: staff add evidence of their own, or rule what counts (`domain/corrections.py`).

What was said is a row that nobody changes, without words; the reason stands apart, where erasure
reaches it. Where the session is completed, this one registration is settled anew at once.
"""

from __future__ import annotations

from collections.abc import Iterable

from services.attendance.commands import deadlines, tasks
from services.attendance.commands.correctable import Correct, checked, correct_needs, last_of
from services.attendance.commands.deadlines import ref_of
from services.attendance.domain.corrections import Kind
from services.attendance.domain.evidence import CORRECTION
from services.attendance.domain.keeping import digest
from services.attendance.domain.minutes import Span
from services.attendance.domain.schedule import State
from services.attendance.models import Correction as Row
from services.attendance.models import CorrectionReason, Person, Registration, ReportLine
from shared.dates import rfc3339
from shared.runtime.plans import needs
from shared.runtime.rows import replace
from shared.runtime.work import Work


@needs(correct_needs)
async def correct(work: Work, asked: Correct) -> Row:
    """Keep a correction, and settle anew what is settled already."""
    it = checked(work, asked)
    session, record, known = it.session, it.record, it.known
    number = last_of(known) + 1
    row = Row(
        course_id=asked.course_id,
        session_id=asked.session_id,
        registration_id=asked.registration_id,
        number=number,
        kind=str(asked.kind),
        seconds=it.seconds,
        lines=_add_lines(work, asked, it.intervals, number),
        by=asked.by,
        at=work.now,
    )
    work.put(row)
    work.put(
        CorrectionReason(
            course_id=asked.course_id,
            session_id=asked.session_id,
            registration_id=asked.registration_id,
            number=number,
            reason="" if _erased(work, asked.registration_id) else asked.reason,
        )
    )
    ref = f"{ref_of(*asked.key)}/{asked.registration_id}/{number}"
    work.audit("attendance.corrected", ref, str(asked.kind))
    if asked.kind is Kind.KEPT and record is not None:
        kept = replace(record, flagged_seconds=None, kept_seconds=record.flagged_seconds)
        work.put(kept)
        tasks.mended(work, kept)
    elif session.state == State.COMPLETED:
        deadlines.settle_one(work, session, asked.registration_id)
        deadlines.review(work, session)
    return row


def _erased(work: Work, registration_id: str) -> bool:
    who = work.get(Registration, registration_id)
    person = work.get(Person, who.person_id) if who is not None else None
    return person is not None and person.erased


def _add_lines(work: Work, asked: Correct, intervals: Iterable[Span], number: int) -> list[str]:
    """Each interval as a line of evidence; its body names the correction, not its reason."""
    hashes = []
    for joined_at, left_at in intervals:
        body = {
            "registration_id": asked.registration_id,
            "correction": number,
            "joined_at": rfc3339(joined_at),
            "left_at": rfc3339(left_at),
        }
        line = ReportLine(
            course_id=asked.course_id,
            session_id=asked.session_id,
            sha256=digest(body),
            origin=CORRECTION,
            participant_id=asked.registration_id,
            registration_id=asked.registration_id,
            joined_at=joined_at,
            left_at=left_at,
            body=body,
            received_at=work.now,
        )
        work.put(line)
        hashes.append(line.sha256)
    return sorted(hashes)
