"""Courses: sessions as the course schedules them, copied here with the rule that holds for them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from services.attendance.commands import deadlines, retention, silence
from services.attendance.domain import schedule
from services.attendance.domain.schedule import KEEP_YEARS, State
from services.attendance.models import Course, Meeting, Session
from shared.contracts.course import Course as CourseEvent
from shared.contracts.course import Session as Scheduled
from shared.contracts.registration import CourseCancelled
from shared.dates import rfc3339
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
        if said.status == "cancelled" or _never_held(event, said):
            _cancel(work, _with_window(_session(work, event, session_id), said))
        else:
            _schedule(work, _session(work, event, session_id), said, grace)
            if came:
                deadlines.look_once_open(work, _session(work, event, session_id))
    _drop_unnamed(work, work.find(where(Session, course_id=event.course_id)), set(named))
    retention.plan(work, course, work.find(where(Session, course_id=event.course_id)))


def _never_held(event: CourseEvent, said: Scheduled) -> bool:
    """Of a cancelled course: what had ended by then was held, though its report may be to come."""
    if event.status != "cancelled":
        return False
    return not isinstance(event, CourseCancelled) or said.ends_at > event.cancelled_at


def _schedule(work: Work, session: Session, said: Scheduled, grace: timedelta) -> None:
    if session.state == State.COMPLETED:
        return
    moved = session.state in (State.STUB, State.CANCELLED) or _window(session) != _window(
        _with_window(session, said)
    )
    changed = _with_window(session, said)
    if moved:  # the rule is stamped when a session is scheduled (domain.md §5)
        changed = replace(
            changed,
            rule_version=said.rule.version,
            max_missed_seconds=said.rule.max_missed_seconds,
        )
        silence.dropped(work, session.course_id, session.session_id, "moved")
    assert changed.opens_at is not None
    changed = replace(
        changed,
        state=str(schedule.scheduled(State(session.state), changed.opens_at, work.now)),
    )
    work.put(changed)
    deadlines.plan_session(work, changed, grace)


def _cancel(work: Work, session: Session) -> None:
    state = schedule.cancelled(State(session.state))
    if state == State.COMPLETED:
        return
    work.put(replace(session, state=str(state)))
    deadlines.drop_session(work, session)
    deadlines.look_no_more(work, session)
    silence.dropped(work, session.course_id, session.session_id, "cancelled")


def _drop_unnamed(work: Work, sessions: Sequence[Session], named: set[str]) -> None:
    """A session that the course no longer names will not be held; a stub may still be named."""
    for session in sessions:
        if session.session_id not in named and session.state != State.STUB:
            _cancel(work, session)


def _with_window(session: Session, said: Scheduled) -> Session:
    """The session as it is scheduled now, but for state and rule."""
    if session.state == State.COMPLETED:
        return session
    timing = schedule.timing(
        said.starts_at, said.ends_at, timedelta(minutes=said.opens_minutes_before), timedelta()
    )
    changed = replace(
        session,
        schedule_version=said.schedule_version,
        starts_at=said.starts_at,
        ends_at=said.ends_at,
        opens_at=timing.opens_at,
        # A recording is watched at any time within its window: what is taught is its length.
        recorded=said.delivery == "recorded",
        instruction_minutes=said.instruction_minutes if said.delivery == "recorded" else None,
        breaks=[[rfc3339(b.starts_at), rfc3339(b.ends_at)] for b in said.breaks],
        title=said.title,
        zone=said.zone,
        location=said.location,
    )
    meeting = said.meeting
    if meeting is None or meeting.id == session.published_meeting_id:
        return changed  # an operator's swap stands until the course names another meeting
    return replace(
        changed,
        meeting_id=meeting.id,
        meeting_url=meeting.url,
        published_meeting_id=meeting.id,
    )


def _window(session: Session) -> tuple[object, ...]:
    return session.schedule_version, session.starts_at, session.ends_at, session.breaks


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
