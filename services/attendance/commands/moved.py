"""Moved: the question to staff about a session that was completed by its former times."""

from __future__ import annotations

from datetime import datetime

from services.attendance.commands.deadlines import ref_of
from services.attendance.models import Session
from shared.dates import rfc3339
from shared.runtime.plans import Wanted
from shared.runtime.tasks import task_key
from shared.runtime.work import Work

MOVED = "moved-after-completed"
_MOVED = (
    "The course moved this session to {starts_at} until {ends_at}, and it had been completed by its"
    " former times before that was heard: {why}. Certificates may have gone out, so nothing is"
    " taken back by itself, and nobody's attendance of the new time counts. If it is held then,"
    " open it again (bin/holdfast session reopen COURSE SESSION --reason WHY): everybody is settled"
    " anew at its new end, also with less. If it was held by its former times, close this task:"
    " what was settled stays."
)
_BY_HAND = "staff completed it"
_PRESENT = "somebody was settled as present"


def key_of(course_id: str, session_id: str) -> Wanted:
    """The key of the task about a session that was completed by former times, for plans."""
    return task_key(MOVED, ref_of(course_id, session_id))


def ask(
    work: Work, session: Session, starts_at: datetime, ends_at: datetime, *, by_hand: bool
) -> None:
    """Staff say whether a session that was completed by former times is held at its new one. Asked
    before of another time: that is asked no more."""
    why = _BY_HAND if by_hand else _PRESENT
    what = _MOVED.format(starts_at=rfc3339(starts_at), ends_at=rfc3339(ends_at), why=why)
    ask_no_more(work, session, "superseded")
    about = {"course_id": session.course_id, "session_id": session.session_id}
    ref = ref_of(session.course_id, session.session_id)
    work.open_task(MOVED, ref, what, about, starts_at, scope=ref)


def ask_no_more(work: Work, session: Session, outcome: str) -> None:
    """That was answered, or is no question any more."""
    work.close_task(MOVED, ref_of(session.course_id, session.session_id), outcome)
