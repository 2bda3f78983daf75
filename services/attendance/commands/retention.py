"""Retention: the evidence of a course is deleted when its time is over (domain.md §9, decision 56).

It is kept until as many years after the course's last session as the board that wants it longest
asks for. A walk over the course's sessions then deletes it, a few thousand rows a transaction, and
marks each session: from then on nothing is decided by evidence, whatever comes late. Whether the
time is over is judged again when it has come, for a course may have been moved meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from services.attendance.commands import deadlines, tasks
from services.attendance.commands.deadlines import named, ref_of
from services.attendance.domain.schedule import kept_until
from services.attendance.models import Course, Session
from shared.runtime.due import Due
from shared.runtime.plans import Plan, alone, needs
from shared.runtime.rows import Query, replace, where
from shared.runtime.work import Work

MOST = 5_000  # rows of a table in one transaction
# In the order in which what leads to evidence goes before the evidence.
_TABLES = (
    "records",
    "settlements",
    "correction_reasons",
    "corrections",
    "matches",
    "unmatched",
    "registrants",
    "report_lines",
    "withdrawals",
    "uploads",
    "observations",
)
_DELETE = """
DELETE FROM {table} WHERE ctid = ANY (ARRAY(
  SELECT ctid FROM {table} WHERE course_id = $1 AND session_id = $2 LIMIT $3
))
"""


def keep_until(course: Course, sessions: Iterable[Session]) -> datetime | None:
    """Until when the evidence of a course is kept; None while no session of it is known."""
    ends = [session.ends_at for session in sessions if session.ends_at is not None]
    return kept_until(max(ends), course.zone, course.keep_years) if ends else None


def plan(work: Work, course: Course, sessions: Iterable[Session]) -> None:
    """Plan (or move) the end of the retention."""
    until = keep_until(course, sessions)
    if until is not None:
        deadlines.expire(work, course.course_id, until)


def sessions_of(due: Due) -> Query[Session]:
    """All sessions of the course."""
    return where(Session, course_id=due.payload["course_id"])


def _expire_needs(due: Due) -> Plan:
    course_id, session_id = named(due.payload)
    yield [(Course, course_id)]
    about = tasks.about_evidence(course_id, session_id)
    return [(Session, (course_id, session_id)), where(Session, course_id=course_id), *about]


@alone
@needs(_expire_needs)
async def expire_session(work: Work, due: Due) -> None:
    """Delete some of a session's evidence, and come again until none is left."""
    key = named(due.payload)
    course, session = work.get(Course, key[0]), work.get(Session, key)
    if session is None:
        return
    if course is not None:
        until = keep_until(course, work.find(where(Session, course_id=key[0])))
        if until is None or work.now < until:  # moved meanwhile, or heard of after all
            plan(work, course, work.find(where(Session, course_id=key[0])))
            return
    first = session.expired_at is None
    if first:
        work.put(replace(session, expired_at=work.now))
        await tasks.expired(work, *key)
    deleted, more = await _delete(work, key)
    total = int(due.payload.get("deleted", 0)) + deleted
    if more:
        deadlines.expire_more(work, due.kind, due.ref, {**due.payload, "deleted": total})
        return
    if first or total:
        work.audit("evidence.expired", ref_of(*key), f"{total} rows")
    if course is None:  # a session of no course: nothing is left to be known of it
        work.delete(session)


async def _delete(work: Work, key: tuple[str, str]) -> tuple[int, bool]:
    """How many rows went, and whether some are left."""
    await work.con.execute("SET LOCAL holdfast.retention = 'on'")
    deleted, more = 0, False
    for table in _TABLES:
        tag = await work.con.execute(_DELETE.format(table=table), *key, MOST)
        gone = int(tag.rpartition(" ")[2])
        deleted += gone
        more = more or gone == MOST
    return deleted, more
