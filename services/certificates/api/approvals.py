"""The approvals calendar, for staff and sponsors' questions (domain.md §9a)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query

from services.certificates.commands.approvals import periods_of, today_of
from services.certificates.domain.approvals import Period, warning
from services.certificates.models import Course
from shared.runtime.asking import OperatorDep
from shared.runtime.edge import EdgeDep, ReaderDep
from shared.runtime.problems import problems

router = APIRouter(tags=["approvals"])
Key = tuple[str, str, str]
# Courses that go on and have an approval ending by then; which of them exactly, the rules say.
_COURSES = """
SELECT course_id, version, document FROM courses
WHERE document ->> 'status' <> 'cancelled'
    AND EXISTS (
        SELECT FROM jsonb_array_elements(document -> 'sessions') session
        WHERE session ->> 'status' <> 'cancelled' AND (session ->> 'ends_at')::timestamptz > $1)
    AND EXISTS (
        SELECT FROM jsonb_array_elements(document -> 'boards') board
        WHERE (board ->> 'approved_to')::date <= $2)
"""


@router.get("/certificates/v1/approvals", responses=problems(401, 403, 422))
async def calendar(
    _: OperatorDep,
    reader: ReaderDep,
    edge: EdgeDep,
    within_days: Annotated[int, Query(ge=0, le=3_650)] = 90,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    after: Annotated[str, Query(max_length=500, pattern=r"^[^\x00]*$")] = "",
) -> dict[str, Any]:
    """Approvals that end within so many days (or have ended) while their course goes on, the first
    to end first. `days_left` is 0 on the last day; `sessions_after` earn nothing under it."""
    now = edge.now()
    # A day either way: the course's clock decides.
    since, until = now - timedelta(days=2), now.date() + timedelta(days=within_days + 1)
    found: list[tuple[Key, dict[str, Any]]] = []
    for row in await reader.fetch(_COURSES, since, until):
        course = Course(course_id=row["course_id"], document=row["document"])
        found += _of(course, now, within_days)
    place = tuple(after.split("/", 2))
    rest = sorted((one for one in found if not after or one[0] > place), key=lambda one: one[0])
    page = rest[:limit]
    last = "/".join(page[-1][0]) if len(rest) > limit else None
    return {"items": [item for _, item in page], "next": last}


def _of(course: Course, now: datetime, within_days: int) -> list[tuple[Key, dict[str, Any]]]:
    today = today_of(course, now)
    return [
        ((one.until.isoformat(), course.course_id, one.board), _body(course, one, today))
        for one in periods_of(course)
        if one.needed(today) and one.days_left(today) <= within_days
    ]


def _body(course: Course, one: Period, today: date) -> dict[str, Any]:
    return {
        "course_id": course.course_id,
        "title": course.document["title"],
        "board": one.board,
        "holder": one.holder,
        "number": one.number,
        "until": one.until.isoformat(),
        "days_left": one.days_left(today),
        "needed_until": one.needed_until.isoformat(),
        "sessions_after": list(one.after),
        "warning": warning(one, today),
    }
