"""The approvals calendar: staff are asked to renew an approval while its course still needs it.

Looked at whenever a course is heard of, and on each day on which a warning begins or ends. What
should stand is worked out anew from the course as it is, so a moved approval moves its warnings.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from services.certificates.domain.approvals import WARNINGS, Period, next_look, warning
from services.certificates.domain.words import day_in_words
from services.certificates.models import Course
from shared.dates import day_of, end_of_day, parse_instant, start_of_day
from shared.runtime.due import Due
from shared.runtime.plans import Plan, needs
from shared.runtime.rows import where
from shared.runtime.tables import Task
from shared.runtime.tasks import task_key
from shared.runtime.work import Work

LOOK = "look_at_approvals"  # a deadline, by course
ENDING = "approval-ending"  # a task


def periods_of(course: Course) -> list[Period]:
    """The approvals that end some day, of a course that is not cancelled."""
    said = course.document
    if not said or said["status"] == "cancelled":
        return []
    last = {
        one["session_id"]: day_of(parse_instant(one["ends_at"]), said["zone"])
        for one in said["sessions"]
        if one["status"] != "cancelled"
    }
    if not last:
        return []
    return [
        _period(board, date.fromisoformat(board["approved_to"]), last)
        for board in said["boards"]
        if board["approved_to"]
    ]


def _period(board: dict[str, Any], until: date, last: dict[str, date]) -> Period:
    after = tuple(session_id for session_id, day in last.items() if day > until)
    needed = max(last.values())
    return Period(board["board"], board["holder"], board["number"], until, needed, after)


def today_of(course: Course, now: datetime) -> date:
    """The day it is by the course's clock."""
    return day_of(now, course.document["zone"])


def plan_look(work: Work, before: Course, after: Course) -> None:
    """A course was heard of: look at its approvals, if there is or was anything to look at."""
    if any(_matters(one, work.now) for one in (before, after) if one.document):
        work.plan_due(LOOK, after.course_id, work.now)


def _matters(course: Course, now: datetime) -> bool:
    periods, today = periods_of(course), today_of(course, now)
    standing = any(warning(one, today) for one in periods)
    return standing or next_look(periods, today) is not None


def _of_course(due: Due) -> Plan:
    tasks = where(Task, kind=ENDING, scope=due.ref)
    [course] = yield [(Course, due.ref)]
    refs = (
        [_ref(due.ref, one, days) for one in periods_of(course) for days in WARNINGS]
        if course
        else []
    )
    return [(Course, due.ref), tasks, *(task_key(ENDING, ref) for ref in refs)]


@needs(_of_course)
async def look(work: Work, due: Due) -> None:
    """Open the tasks that should stand by now, close those that should not, and look again then."""
    course = work.get(Course, due.ref)
    if course is None or not course.document:
        return
    periods, today = periods_of(course), today_of(course, work.now)
    standing = {_ref(due.ref, one, days): one for one in periods if (days := warning(one, today))}
    for task in work.find(where(Task, kind=ENDING, scope=due.ref)):
        if task.closed_at is None and task.ref not in standing:
            work.close_task(ENDING, task.ref, _outcome(periods, today))
    for ref, period in standing.items():
        work.open_task(
            ENDING,
            ref,
            _asked(period, today),
            {"course_id": due.ref, "board": period.board},
            end_of_day(period.until, course.document["zone"]),
            scope=due.ref,
        )
    following = next_look(periods, today)
    if following is not None:
        work.plan_due(LOOK, due.ref, start_of_day(following, course.document["zone"]))


def _ref(course_id: str, period: Period, days: int) -> str:
    return f"{course_id}/{period.board}/{period.until.isoformat()}/{days}"


def _outcome(periods: list[Period], today: date) -> str:
    return "moved" if any(one.needed(today) for one in periods) else "course over"


def _asked(period: Period, today: date) -> str:
    verb = "ends" if period.days_left(today) >= 0 else "ended"
    number = f" no. {period.number}" if period.number else ""
    told = f"The approval of {period.board}{number} {verb} on {day_in_words(period.until)}"
    if not period.after:
        return f"{told}. Every session lies within it; renew it for what comes after this course."
    count = len(period.after)
    sessions = f"session {period.after[0]} is" if count == 1 else f"{count} sessions are"
    return (
        f"{told}; {sessions} later and earn nothing under it. Renew it, and publish the course "
        "with its new end."
    )
