"""What this service said is heard by it again after its database was restored from a backup: what
was settled since stands, though the evidence for it is lost (runtime.md §6, decision 103).

So a session that is completed again with less evidence takes nothing back by itself: what is worse
than what was settled waits for a human, who fetches the platform's report once more. Nor does it
give more: one that an operator cut short stays so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.attendance.commands.gathering import window_of
from services.attendance.models import Record, Session, Settlement
from shared.contracts.attendance import AttendanceSettled, SessionCompleted
from shared.runtime.plans import needs
from shared.runtime.rows import replace
from shared.runtime.work import Work

LOST = ""  # the digest of evidence that is not here


def _needs(event: AttendanceSettled) -> Sequence[tuple[type[Any], Any]]:
    about = event.course_id, event.session_id, event.registration_id
    session = (Session, (event.course_id, event.session_id))
    return [(Record, about), (Settlement, (*about, event.evidence_version)), session]


@needs(_needs)
async def recall_settled(work: Work, event: AttendanceSettled) -> None:
    """The version that was said last is the one that stands."""
    about = event.course_id, event.session_id, event.registration_id
    known = work.get(Record, about)
    facts = {
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
    if work.get(Settlement, (*about, event.evidence_version)) is None:
        missed = event.rule.max_missed_seconds
        work.put(Settlement(**facts, max_missed_seconds=missed, origins=list(event.origins)))
    if known is None or known.evidence_version < event.evidence_version:
        session = work.get(Session, (event.course_id, event.session_id))
        work.put(Record(**facts, schedule_version=_schedule_of(event, session)))


def _schedule_of(event: AttendanceSettled, session: Session | None) -> int | None:
    """By which schedule it was settled, where the backup knows the session by it."""
    times = event.session_starts_at, event.session_ends_at
    same = session is not None and times == (session.starts_at, session.ends_at)
    return session.schedule_version if session is not None and same else None


@needs(lambda event: [(Session, (event.course_id, event.session_id))])
async def recall_minutes(work: Work, event: SessionCompleted) -> None:
    """The minutes that were taught, as said last; of a session that the backup knows."""
    session = work.get(Session, (event.course_id, event.session_id))
    window = window_of(session) if session else None
    if session is None or window is None or session.recorded:
        return
    cut = event.instruction_minutes * 60 < window.seconds
    work.put(replace(session, instruction_minutes=event.instruction_minutes if cut else None))
