"""Scheduling: a session takes over the window that its course says, new or moved."""

from __future__ import annotations

from datetime import timedelta

from services.attendance.commands import deadlines, silence
from services.attendance.domain import schedule
from services.attendance.domain.schedule import Placed, State
from services.attendance.models import Session
from shared.contracts.course import Session as Scheduled
from shared.dates import rfc3339
from shared.runtime.rows import replace
from shared.runtime.work import Work


def take_over(work: Work, session: Session, said: Scheduled, grace: timedelta) -> Session:
    """A session that is not completed stands as the course says it, with its door and completion
    planned; one that was moved has the rule of its new time. Gives it as it stands then.

    `grace` is how long it waits for its report. Plan: `silence.tasks_of`.
    """
    changed = with_window(session, said)
    if session.state in (State.STUB, State.CANCELLED) or placed(session) != placed(changed):
        # The rule is stamped when a session is scheduled (domain.md §5).
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
    return changed


def with_window(session: Session, said: Scheduled) -> Session:
    """The session as it is scheduled now, but for state and rule."""
    timing = schedule.timing(
        said.starts_at, said.ends_at, timedelta(minutes=said.opens_minutes_before), timedelta()
    )
    # What was said of these times after a backup is known already, but for their schedule.
    recalled = session.schedule_version == 0 and (session.starts_at, session.ends_at) == (
        said.starts_at,
        said.ends_at,
    )
    cut = session.instruction_minutes if recalled else None
    changed = replace(
        session,
        schedule_version=said.schedule_version,
        starts_at=said.starts_at,
        ends_at=said.ends_at,
        opens_at=timing.opens_at,
        # A recording is watched at any time within its window: what is taught is its length.
        recorded=said.delivery == "recorded",
        instruction_minutes=said.instruction_minutes if said.delivery == "recorded" else cut,
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


def placed(session: Session) -> Placed:
    """Where the schedule has it."""
    window = session.starts_at, session.ends_at, session.breaks
    return Placed(session.schedule_version, window)
