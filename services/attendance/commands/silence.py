"""Silence: a session is over, and nothing is known of who was there (decision 63).

A human is asked before everybody fails by it, and completion waits for them for a while.
"""

from __future__ import annotations

from datetime import datetime

from services.attendance.commands.deadlines import ref_of
from services.attendance.commands.overview import expected_of, is_known
from services.attendance.domain import schedule
from services.attendance.models import Session
from shared.dates import rfc3339
from shared.runtime.plans import Wanted
from shared.runtime.tasks import task_key
from shared.runtime.work import Work

NO_EVIDENCE = "no-evidence"
_SILENT = (
    "{expected} people are expected at this session, and nothing is known of who was there: nobody"
    " was seen, and no report or sheet has come. Bring it (bin/holdfast attendance import), or say"
    " who was there (corrections). If nobody came, complete it by hand (bin/holdfast session"
    " complete). At {until} it is completed with nobody present; learners are told what they lack"
    " when you have answered, or three days from now. Evidence that comes later still counts, and"
    " mends that."
)


async def holds(work: Work, session: Session) -> bool:
    """Whether a human has to be asked first, and is: for a while, then it goes on all the same."""
    if await is_known(work.con, session):
        ended(work, session.course_id, session.session_id)
        return False
    expected = await expected_of(work.con, session)
    if not expected:  # nobody can lose anything
        return False
    until = until_of(session)
    ask(work, session, expected, until)
    return work.now < until


def until_of(session: Session) -> datetime:
    """Until when the completion of a session waits in which nobody was seen."""
    assert session.ends_at is not None
    in_a_room = session.meeting_id is None and not session.recorded
    return schedule.silent_until(session.ends_at, in_a_room=in_a_room)


def ask(work: Work, session: Session, expected: int, until: datetime) -> None:
    """A session is over of which nothing is known; at `until` it is completed all the same."""
    what = _SILENT.format(expected=expected, until=rfc3339(until))
    about = {"course_id": session.course_id, "session_id": session.session_id}
    ref = ref_of(session.course_id, session.session_id)
    work.open_task(NO_EVIDENCE, ref, what, about, until, scope=ref)


def ended(work: Work, course_id: str, session_id: str, outcome: str = "done") -> None:
    """Something is known now, or a human ruled, or the session is not held then."""
    work.close_task(NO_EVIDENCE, ref_of(course_id, session_id), outcome)


def task_of(course_id: str, session_id: str) -> Wanted:
    """The key of that task, for plans."""
    return task_key(NO_EVIDENCE, ref_of(course_id, session_id))
