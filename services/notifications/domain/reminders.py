"""When reminders are due (domain.md §7).

7 days before the first session, 1 day and 1 hour before each. Days are days of the learner's
calendar: the session's wall time there, that many days before, whatever the clocks do in between.
Hours are exact.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from services.notifications.domain.course import Course
from services.notifications.domain.story import Wanted
from shared.dates import zone_of

# How long after its moment a reminder still helps; the last one helps until the session ends.
WEEK_LATE = timedelta(hours=24)
DAY_LATE = timedelta(hours=12)


def reminders(course: Course, zone: str, since: datetime) -> list[Wanted]:
    """The reminders of all sessions that take place, for a learner who lives in `zone`.

    `since` is when the seat was confirmed: what was due before that is not wanted, for the
    confirmation says it all; only the join link is, as long as it opens a door. Of a recording
    there is nothing to be reminded of: its link comes when it opens; the first session is the first
    at which one has to be.
    """
    found: list[Wanted] = []
    first = next((session for session in course.held if not session.recorded), None)
    for session in course.held:
        about = (session.session_id, session.version)
        if session.recorded:
            found.append(Wanted("join_1h", *about, session.starts_at, session.ends_at))
            continue
        if session is first:
            due = days_before(session.starts_at, 7, zone)
            found.append(Wanted("reminder_7d", *about, due, due + WEEK_LATE))
        due = days_before(session.starts_at, 1, zone)
        found.append(Wanted("reminder_1d", *about, due, due + DAY_LATE))
        due = session.starts_at - timedelta(hours=1)
        found.append(Wanted("join_1h", *about, due, session.ends_at))
    return [wanted for wanted in found if wanted.template == "join_1h" or wanted.due_at >= since]


def days_before(instant: datetime, days: int, zone: str) -> datetime:
    """The same wall time in `zone`, that many calendar days earlier.

    A wall time that the clocks jump over is moved on by the jump; of one that comes twice the
    earlier is meant.
    """
    tz = zone_of(zone)
    wall = instant.astimezone(tz).replace(tzinfo=None, fold=0) - timedelta(days=days)
    return wall.replace(tzinfo=tz).astimezone(UTC)
