"""Reopening: a session that was completed by times that no longer held when it was (decision 118).

Whoever was away completes by the clock what was moved meanwhile, before the move is heard. Where
nobody was settled as present, nothing was given away, and the session is opened again as if the
move had come in time; so is one whose cancellation is heard then (`undone`). Else certificates may
have gone out: staff are asked, and open it again, or leave it as it is; a cancelled one stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from services.attendance.commands import deadlines, moved, scheduling, silence, tasks
from services.attendance.commands.completing import SessionUnknown, still_kept
from services.attendance.commands.deadlines import ref_of
from services.attendance.domain import schedule
from services.attendance.domain.schedule import NotMoved, State
from services.attendance.models import Session
from shared.contracts.course import Session as Scheduled
from shared.runtime.plans import Wanted, needs
from shared.runtime.rows import replace
from shared.runtime.work import Work

# Everybody is settled under the lock of the session's row, which is held here. What was settled by
# a former schedule tells nothing of the one by which the session is completed.
_PRESENT = """
SELECT EXISTS (
  SELECT FROM records WHERE course_id = $1 AND session_id = $2 AND present
  AND coalesce(schedule_version, $3) = $3
) AS present
"""


@dataclass(frozen=True, slots=True)
class Reopen:
    """An operator opens a session again that the course moved before it was completed."""

    course_id: str
    session_id: str
    reason: str
    grace: timedelta


def hear_needs(session: Session, *, newer: bool) -> list[Wanted]:
    """For plans: what `hear` and `leave` need; all that is asked about the session only where it
    may be opened again."""
    key = session.course_id, session.session_id
    return asked_of(*key) if newer else [moved.key_of(*key)]


def asked_of(course_id: str, session_id: str) -> list[Wanted]:
    """For plans: all that staff may be asked about a session as it is completed."""
    about = tasks.about_session(course_id, session_id)
    key = moved.key_of(course_id, session_id)
    return [*silence.tasks_of(course_id, session_id), key, about]


async def hear(work: Work, session: Session, said: Scheduled, grace: timedelta) -> None:
    """What the course says of a session that is completed. Plan: `hear_needs`."""
    heard = scheduling.placed(scheduling.with_window(session, said))
    if session.expired_at is not None:
        return
    if not schedule.by_another_time(scheduling.placed(session), heard):
        if session.moved is not None and heard.version > session.moved["schedule_version"]:
            leave(work, session, "moved-back")
        return
    by_hand = _by_hand(session)
    if not by_hand and not await _somebody_present(work, session):
        await _reopen(work, session, said, grace)
        return
    known = session.moved["schedule_version"] if session.moved is not None else 0
    if heard.version < known:
        return
    work.put(replace(session, moved=said.model_dump(mode="json")))
    if heard.version > known:  # else it was asked already, and perhaps answered
        moved.ask(work, session, said.starts_at, said.ends_at, by_hand=by_hand)
        deadlines.say_again(work, session, said.ends_at + grace, heard.version)


def leave(work: Work, session: Session, outcome: str) -> None:
    """The course has it at no other time any more. Plan: `hear_needs`."""
    if session.moved is not None:
        work.put(replace(session, moved=None))
        moved.ask_no_more(work, session, outcome)
        deadlines.drop_session(work, session)


@needs(
    lambda asked: [
        (Session, (asked.course_id, asked.session_id)),
        *asked_of(asked.course_id, asked.session_id),
    ]
)
async def reopen(work: Work, asked: Reopen) -> Session:
    """Open it again at the time that the course says; everybody is settled anew when that is over,
    also with less. Gives the session as it stands then.

    Raises SessionUnknown; EvidenceExpired; NotMoved where the course says no other time than that
    by which it was completed, or it was opened again already.
    """
    session = work.get(Session, (asked.course_id, asked.session_id))
    if session is None:
        raise SessionUnknown("There is no such session.")
    still_kept(session)
    if session.moved is None:
        raise NotMoved(
            "The course has not moved this session since it was completed, or it is open again"
            " already. (Move it in the course first; who was there is corrected person by person.)"
        )
    work.audit("session.reopened", ref_of(asked.course_id, asked.session_id), asked.reason)
    moved.ask_no_more(work, session, "reopened")
    return await _reopen(work, session, Scheduled.model_validate(session.moved), asked.grace)


async def _reopen(work: Work, session: Session, said: Scheduled, grace: timedelta) -> Session:
    return scheduling.take_over(work, await opened(work, session), said, grace)


async def undone(work: Work, session: Session) -> Session | None:
    """A session that the course has cancelled, as if the clock had not completed it before that was
    heard; None where it stays completed, for somebody was there, or staff said that it was held.
    Plan: `hear_needs`."""
    held = _by_hand(session) or await _somebody_present(work, session)
    if held or session.expired_at is not None:
        return None
    return await opened(work, session, "cancelled")


async def opened(work: Work, session: Session, outcome: str = "moved") -> Session:
    """The session as if it had not been completed, still where it was: what completing planned is
    planned no more, and nothing that was asked about its former time is to be answered. Plan:
    `asked_of`."""
    deadlines.close_no_more(work, session)
    await tasks.ended_all(work, session.course_id, session.session_id, outcome)
    return replace(
        session,
        state=str(State.PLANNED),
        completed_at=None,
        completed_by=None,
        moved=None,
        reopened_at=work.now,
    )


def _by_hand(session: Session) -> bool:
    """Whether an operator completed it, or said how much was taught of what the clock had."""
    cut = session.instruction_minutes is not None and not session.recorded
    return session.completed_by == "operator" or cut


async def _somebody_present(work: Work, session: Session) -> bool:
    about = session.course_id, session.session_id, session.schedule_version
    [found] = await work.con.fetch(_PRESENT, *about)
    return bool(found["present"])
