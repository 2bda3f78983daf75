"""A report that is due: staff are asked while anybody is still to be reported to a board."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from services.certificates.commands.lines import reported
from services.certificates.commands.registry import registry_of, told_to
from services.certificates.commands.reports import DUE, place_of
from services.certificates.domain.reporting import due_at, first_look, next_look
from services.certificates.models import Certificate, Course
from shared.dates import parse_instant
from shared.errors import NotFound
from shared.runtime.due import Due
from shared.runtime.plans import alone, needs
from shared.runtime.tasks import task_key
from shared.runtime.work import Work

KIND = "report_due"


def plan_reports(work: Work, course: Course) -> None:
    """A course was heard of: its boards' reports have their times, others where it was moved."""
    last = last_end(course)
    for board in course.document.get("boards", []) if last else []:
        days = _within(board)
        if days is not None and last is not None:
            work.plan_due(KIND, place_of(course.course_id, board["board"]), first_look(last, days))


def look_again(work: Work, about: Certificate) -> None:
    """A certificate that may have been reported holds no more: somebody should look."""
    work.plan_due(KIND, place_of(about.course_id, about.board), work.now)


def last_end(course: Course) -> datetime | None:
    """When the last session that is held ends."""
    held = [one for one in course.document.get("sessions", []) if one["status"] != "cancelled"]
    return end_of(held)


def end_of(sessions: Iterable[Mapping[str, Any]]) -> datetime | None:
    """When the last of these sessions ends; None where there is none."""
    return max((parse_instant(one["ends_at"]) for one in sessions), default=None)


def _within(board: dict[str, Any]) -> int | None:
    days = (board.get("reporting") or {}).get("within_days")
    return None if days is None else int(days)


def _parts(due: Due) -> tuple[str, str]:
    course_id, _, board = due.ref.partition("/")
    return course_id, board


@alone
@needs(lambda due: [(Course, _parts(due)[0]), task_key(DUE, due.ref), told_to(*_parts(due))])
async def look(work: Work, due: Due) -> None:
    """Ask for the report while there is something to report, and look again later.

    What was reported already is looked after whether or not a day was said, and in each format that
    it went out in: a registry believes it until it is corrected.
    """
    course_id, board = _parts(due)
    course = work.get(Course, course_id)
    last = last_end(course) if course is not None else None
    if course is None or last is None or work.now < last or course.evidence_ended_at:
        return  # it was moved: its new time is planned
    told = work.find(told_to(course_id, board))
    try:
        _, rule, _ = registry_of(course, board, told)
    except NotFound:
        return
    days = rule.reporting.within_days if rule.reporting else None
    own = rule.reporting.format if rule.reporting and days is not None else ""
    unsent = 0
    for form in sorted({own, *(one.format for one in told)} - {""}):
        async for page in reported(work.con.fetch, course, board, form, told):
            unsent += sum(1 for one in page if one.waits and (form == own or one.sent is not None))
    if unsent and (days is None or work.now >= first_look(last, days)):
        work.open_task(
            DUE,
            due.ref,
            _what(board, last, days),
            {"course_id": course_id},
            due_at=None if days is None else due_at(last, days),
            scope=course_id,
        )
    elif not unsent:
        work.close_task(DUE, due.ref, "nothing to report")
    if days is not None and (following := next_look(work.now, last, days)):
        work.plan_due(KIND, due.ref, max(following, first_look(last, days)))


def _what(board: str, last: datetime, days: int | None) -> str:
    look = "Look at the roster for lines that are held back, then make the report."
    if days is None:
        return f"What was reported of people of this course to {board} holds no more. {look}"
    return (
        f"People of this course are not reported to {board} yet, or not as it now stands; the "
        f"report is due by {due_at(last, days):%Y-%m-%d}. {look}"
    )
