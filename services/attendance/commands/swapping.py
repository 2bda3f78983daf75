"""Swapping the meeting behind everyone's join link."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from services.attendance.commands import deadlines
from services.attendance.commands.completing import SessionUnknown
from services.attendance.commands.deadlines import ref_of
from services.attendance.domain.schedule import State
from services.attendance.models import Meeting, Session
from shared.contracts.attendance import MeetingSwapped
from shared.errors import Conflict
from shared.runtime.plans import needs
from shared.runtime.rows import replace
from shared.runtime.work import Work

_TICK = timedelta(microseconds=1)


class SessionOver(Conflict):
    """The session is over; nothing about it can be moved any more."""

    slug = "session-over"


@dataclass(frozen=True, slots=True)
class Swap:
    """Another meeting behind everyone's join link."""

    course_id: str
    session_id: str
    meeting_id: str
    url: str
    by: str


@needs(
    lambda swap: [
        (Session, (swap.course_id, swap.session_id)),
        (Meeting, (swap.meeting_id, swap.course_id, swap.session_id)),
    ]
)
async def swap_meeting(work: Work, swap: Swap) -> Session:
    """Join links lead to the new meeting from now on; evidence of both meetings counts, and whoever
    was in the former and is not seen to leave it left it now.

    Said where it is another meeting than the one that stood; the same once more (its address was
    mended, or the request came again) is no news to anybody who is in it.
    """
    session = work.get(Session, (swap.course_id, swap.session_id))
    if session is None or session.starts_at is None or session.ends_at is None:
        raise SessionUnknown("There is no such session.")
    if session.state in (State.COMPLETED, State.CANCELLED):
        raise SessionOver(f"This session is {session.state}.")
    known = work.get(Meeting, (swap.meeting_id, swap.course_id, swap.session_id))
    former = session.meeting_id
    # Two swaps within one instant are two: the one with the later time holds.
    at = max(work.now, (session.swapped_at or work.now - _TICK) + _TICK)
    work.put(
        Meeting(
            meeting_id=swap.meeting_id,
            course_id=swap.course_id,
            session_id=swap.session_id,
            url=swap.url,
            since=known.since if known and former == swap.meeting_id else at,
            by=swap.by,
        )
    )
    changed = replace(session, meeting_id=swap.meeting_id, meeting_url=swap.url)
    if former != swap.meeting_id:
        changed = replace(changed, swapped_at=at)
        work.emit(
            MeetingSwapped(
                course_id=session.course_id,
                session_id=session.session_id,
                starts_at=session.starts_at,
                ends_at=session.ends_at,
                meeting_id=swap.meeting_id,
                former_meeting_id=former,
                swapped_at=at,
            )
        )
    work.put(changed)
    deadlines.look_once_open(work, changed)
    ref = ref_of(swap.course_id, swap.session_id)
    work.audit("meeting.swapped", f"{ref} {swap.meeting_id}")
    return changed
