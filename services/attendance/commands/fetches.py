"""Fetches: of which meetings of a session a report is fetched, and from when on.

A session may have several meetings (staff swap one that fails, a course names another), and each
has a report of its own: so each has a fetch of its own, with its own state, pauses and task. They
are planned when the door opens; what comes to the session later is seen when it comes, and once
more after the end. So a fetch never hangs on the order in which a meeting and the door came.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from services.attendance.commands import deadlines
from services.attendance.commands.deadlines import named
from services.attendance.domain import fetching as rules
from services.attendance.domain.meetings import stood
from services.attendance.models import Meeting, ReportFetch, Session
from shared.runtime.due import Due
from shared.runtime.plans import Plan
from shared.runtime.rows import Query, replace, where
from shared.runtime.work import Work

Key = tuple[str, str]  # of the session


def fetches_of(key: Key) -> Query[ReportFetch]:
    """The fetches of a session's reports, one a meeting."""
    return where(ReportFetch, course_id=key[0], session_id=key[1])


def meetings_of(key: Key) -> Query[Meeting]:
    """All meetings that stand or stood for a session."""
    return where(Meeting, course_id=key[0], session_id=key[1])


def numbers(meetings: Sequence[Meeting]) -> tuple[str, ...]:
    """The meetings of Zoom among them."""
    ids = {meeting.meeting_id for meeting in meetings}
    return tuple(sorted(each for each in ids if rules.is_meeting_of_zoom(each)))


def is_missed(session: Session, meetings: Sequence[Meeting], meeting_id: str) -> bool:
    """Whether a human is called where a meeting's report is not to be had: it stood for the session
    while that was taught. One that was replaced before has a report only if somebody was in it."""
    since: Mapping[str, datetime] = {meeting.meeting_id: meeting.since for meeting in meetings}
    if session.starts_at is None:
        return False
    return meeting_id in stood(since, session.starts_at, session.meeting_id)


def plan_needs(key: Key) -> Plan:
    """What planning the fetches of a session needs."""
    [meetings] = yield [meetings_of(key)]
    rows = [(ReportFetch, (*key, number)) for number in numbers(meetings)]
    return [(Session, key), *rows]


def plan(work: Work, session: Session) -> None:
    """Plan what is missing. A fetch of an earlier schedule begins anew. Plan: `plan_needs`."""
    if session.recorded or session.ends_at is None or session.state == "cancelled":
        return
    key = (session.course_id, session.session_id)
    for number in numbers(work.find(meetings_of(key))):
        row = work.get(ReportFetch, (*key, number))
        if row is None or row.state == "planned" or row.since < session.ends_at:
            begin(work, session, number, max(work.now, session.ends_at + rules.AFTER_END))


async def look(work: Work, due: Due) -> None:
    """Which meetings came since; and once more after the end. Plan: `plan_needs`."""
    session = work.get(Session, named(due.payload))
    if session is None or session.ends_at is None or session.expired_at is not None:
        return
    plan(work, session)
    if work.now < session.ends_at:
        deadlines.look_for_meetings(work, session, session.ends_at + rules.AFTER_END)


def begin(work: Work, session: Session, meeting_id: str, at: datetime) -> ReportFetch:
    """Fetch it from its start at that time; which runs were whole before stays known."""
    row = ReportFetch(
        course_id=session.course_id,
        session_id=session.session_id,
        meeting_id=meeting_id,
        since=at,
        next_at=at,
        updated_at=work.now,
    )
    known = work.get(ReportFetch, (session.course_id, session.session_id, meeting_id))
    row = replace(row, whole=known.whole) if known is not None else row
    work.put(row)
    deadlines.fetch(work, session, meeting_id, at)
    return row
