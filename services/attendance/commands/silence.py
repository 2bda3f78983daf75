"""Silence: a session is over, and nobody of those it expects is known to have been there, or fewer
than may wait among the unmatched (decision 63).

A human is asked before everybody fails by it, and completion waits for them for a while.
"""

from __future__ import annotations

from datetime import datetime

from services.attendance.commands.deadlines import ref_of, silent_until_of
from services.attendance.commands.overview import Overview, overlook
from services.attendance.domain.roll import asks_first
from services.attendance.models import Session
from shared.dates import rfc3339
from shared.runtime.plans import Wanted
from shared.runtime.tasks import task_key
from shared.runtime.work import Work

NO_EVIDENCE = "no-evidence"
STRANGERS = "participants-unmatched"
_SILENT = (
    "{expected} people are expected at this session, and nothing is known of any of them: nobody"
    " was seen who is one of them, and no report or sheet has come that names one. Bring it"
    " (bin/holdfast attendance import), match who waits (bin/holdfast attendance unmatched), or say"
    " who was there (corrections). If nobody came, complete it by hand (bin/holdfast session"
    " complete). At {until} it is completed with nobody present; learners are told what they lack"
    " when you have answered, or three days from now. Evidence that comes later still counts, and"
    " mends that."
)
_WAITING = (
    "Participants of this session could not be matched to a registration, and of those expected"
    " fewer are known than may be among them. Match them (bin/holdfast attendance unmatched), with"
    " the evidence shown there; then complete the session by hand (bin/holdfast session complete)."
    " At {until} it is completed as it is known by then; who is matched later still counts."
)
_UNMATCHED = (
    "Participants of this session could not be matched to a registration. Match them in the queue"
    " of the unmatched, with the evidence shown there."
)


async def holds(work: Work, session: Session) -> bool:
    """Whether a human has to be asked first, and is: for a while, then it goes on all the same."""
    found = await overlook(work.con, session)
    said(work, session, found)
    if not asks_first(found.expected, found.known, found.strangers):
        return False
    until = silent_until_of(session)
    if not found.known:
        ask(work, session, found.expected, until)
    if found.strangers:
        strangers(work, session, found.strangers, until)
    return work.now < until


def said(work: Work, session: Session, found: Overview) -> None:
    """Somebody said whose participants are, while the session waits: close what that answers."""
    if found.known or not found.expected:
        ended(work, session.course_id, session.session_id)
    if not found.strangers:
        strangers(work, session, 0)


def ask(work: Work, session: Session, expected: int, until: datetime) -> None:
    """A session is over of which nothing is known; at `until` it is completed all the same."""
    what = _SILENT.format(expected=expected, until=rfc3339(until))
    _open(work, NO_EVIDENCE, session, what, until)


def strangers(work: Work, session: Session, many: int, until: datetime | None = None) -> None:
    """So many participants are matched to nobody; completion waits for them until then, if it
    does."""
    if not many:
        work.close_task(STRANGERS, ref_of(session.course_id, session.session_id))
    elif until is None:
        _open(work, STRANGERS, session, _UNMATCHED)
    else:
        _open(work, STRANGERS, session, _WAITING.format(until=rfc3339(until)), until)


def ended(work: Work, course_id: str, session_id: str, outcome: str = "done") -> None:
    """Something is known now, or a human ruled, or nobody is expected any more."""
    work.close_task(NO_EVIDENCE, ref_of(course_id, session_id), outcome)


def dropped(work: Work, course_id: str, session_id: str, outcome: str) -> None:
    """The session is not held then: there is nothing to wait for."""
    ended(work, course_id, session_id, outcome)
    work.close_task(STRANGERS, ref_of(course_id, session_id), outcome)


def tasks_of(course_id: str, session_id: str) -> list[Wanted]:
    """The keys of those tasks, for plans."""
    ref = ref_of(course_id, session_id)
    return [task_key(NO_EVIDENCE, ref), task_key(STRANGERS, ref)]


def _open(
    work: Work, kind: str, session: Session, what: str, until: datetime | None = None
) -> None:
    about = {"course_id": session.course_id, "session_id": session.session_id}
    ref = ref_of(session.course_id, session.session_id)
    work.open_task(kind, ref, what, about, until, scope=ref)
