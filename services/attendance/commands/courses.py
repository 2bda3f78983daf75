"""Courses: sessions as the course schedules them, copied here with the rule that holds for them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from services.attendance.commands import deadlines, reopening, retention, scheduling, silence
from services.attendance.domain import schedule
from services.attendance.domain.schedule import KEEP_YEARS, State
from services.attendance.models import Course, Meeting, Session
from shared.contracts.course import Course as CourseEvent
from shared.contracts.course import Session as Scheduled
from shared.contracts.registration import CourseCancelled
from shared.runtime.plans import Plan, Wanted
from shared.runtime.rows import replace, where
from shared.runtime.work import Work


def keep_needs(event: CourseEvent) -> Plan:
    """The course, its sessions known and named, and the meetings that are named."""
    known = yield [where(Session, course_id=event.course_id)]
    keys = {session.session_id for session in known[0]} | {s.session_id for s in event.sessions}
    wanted: list[Wanted] = [(Course, event.course_id)]
    wanted += [(Session, (event.course_id, session_id)) for session_id in sorted(keys)]
    for session_id in sorted(keys):
        wanted += silence.tasks_of(event.course_id, session_id)
    said = {s.session_id: s for s in event.sessions}
    for session in known[0]:
        heard = said.get(session.session_id)
        if session.state == State.COMPLETED:
            newer = heard is not None and (
                heard.schedule_version > session.schedule_version or _not_held(event, heard)
            )
            wanted += reopening.hear_needs(session, newer=newer)
    wanted += [(Meeting, _meeting_key(event, s)) for s in event.sessions if s.meeting]
    return [*wanted, where(Session, course_id=event.course_id)]


async def keep_course(work: Work, event: CourseEvent, grace: timedelta) -> None:
    """Take over a newer version of a course; `grace` is how long a session waits for its report."""
    known = work.get(Course, event.course_id)
    if known is not None and known.version >= event.version:
        return
    course = Course(
        course_id=event.course_id,
        version=event.version,
        status=event.status,
        title=event.title,
        zone=event.zone,
        disclosure_version=_disclosure(event),
        keep_years=_keep_years(event, known),
    )
    work.put(course)
    named = {s.session_id: s for s in event.sessions}
    for session_id, said in named.items():
        came = said.meeting is not None and _keep_meeting(work, event, said)
        if _not_held(event, said):
            await _cancel(work, _session(work, event, session_id), said)
        else:
            session = _session(work, event, session_id)
            if session.state == State.COMPLETED:
                await reopening.hear(work, session, said, grace)
            else:
                scheduling.take_over(work, session, said, grace)
            if came:
                deadlines.look_once_open(work, _session(work, event, session_id))
    await _drop_unnamed(work, work.find(where(Session, course_id=event.course_id)), set(named))
    retention.plan(work, course, work.find(where(Session, course_id=event.course_id)))


def _not_held(event: CourseEvent, said: Scheduled) -> bool:
    """Whether the provider has cancelled it. Of a cancelled course what had ended by then was held,
    though its report may be to come."""
    if said.status == "cancelled":
        return True
    if event.status != "cancelled":
        return False
    return not isinstance(event, CourseCancelled) or said.ends_at > event.cancelled_at


async def _cancel(work: Work, session: Session, said: Scheduled | None = None) -> None:
    if session.state == State.COMPLETED:
        # Whoever was away completes by the clock what was cancelled meanwhile.
        undone = await reopening.undone(work, session) if said is not None else None
        if undone is None:
            reopening.leave(work, session, "cancelled")
            return
        session = undone
    state = schedule.cancelled(State(session.state))
    if said is not None:
        session = scheduling.with_window(session, said)
    work.put(replace(session, state=str(state)))
    deadlines.drop_session(work, session)
    deadlines.look_no_more(work, session)
    silence.dropped(work, session.course_id, session.session_id, "cancelled")


async def _drop_unnamed(work: Work, sessions: Sequence[Session], named: set[str]) -> None:
    """A session that the course no longer names will not be held; a stub may still be named."""
    for session in sessions:
        if session.session_id not in named and session.state != State.STUB:
            await _cancel(work, session)


def _session(work: Work, event: CourseEvent, session_id: str) -> Session:
    known = work.get(Session, (event.course_id, session_id))
    return known or Session(course_id=event.course_id, session_id=session_id)


def _meeting_key(event: CourseEvent, said: Scheduled) -> tuple[str, str, str]:
    assert said.meeting is not None
    return said.meeting.id, event.course_id, said.session_id


def _keep_meeting(work: Work, event: CourseEvent, said: Scheduled) -> bool:
    """Keep the meeting that the course names; gives whether it comes to the session by that, for
    the first time or once more. Called before the session itself is taken over."""
    assert said.meeting is not None
    known = work.get(Meeting, _meeting_key(event, said))
    session = _session(work, event, said.session_id)
    comes = known is None or (
        session.state != State.COMPLETED
        and said.meeting.id not in (session.published_meeting_id, session.meeting_id)
    )
    row = Meeting(
        meeting_id=said.meeting.id,
        course_id=event.course_id,
        session_id=said.session_id,
        url=said.meeting.url,
        since=work.now if known is None or comes else known.since,
        by="course",
    )
    if known is None or comes or known.url != row.url:
        work.put(row)
    return comes


def _disclosure(event: CourseEvent) -> str | None:
    return event.disclosure.version if event.disclosure and event.disclosure.required else None


def _keep_years(event: CourseEvent, known: Course | None) -> int:
    """The longest that any board wants evidence kept; a promise once made is never shortened."""
    wanted = max((board.keep_years for board in event.boards), default=KEEP_YEARS)
    return max(wanted, known.keep_years) if known is not None else wanted
