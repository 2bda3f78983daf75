"""The course list, a page at a time: what is coming, and what was."""

from __future__ import annotations

import re
from datetime import datetime

from fastapi import APIRouter, Request, Response

from services.web.api.asked import today_of
from services.web.api.common import PagesDep, VisitorDep, said_in
from services.web.api.missing import missing
from shared.contracts.course import Course
from shared.runtime.database import Reader
from shared.runtime.edge import EdgeDep, ReaderDep

router = APIRouter(include_in_schema=False)
PAGE = 25  # courses
LATEST = 10  # of those that were, below the first page of what is coming
_NUMBER = re.compile(r"[1-9][0-9]{0,5}")
_COMING = """
SELECT status, document FROM courses WHERE last_end > $1 OR last_end IS NULL
ORDER BY first_start NULLS LAST, course_id LIMIT $2 OFFSET $3
"""
_PAST = """
SELECT status, document FROM courses WHERE last_end <= $1
ORDER BY last_end DESC, course_id LIMIT $2 OFFSET $3
"""


@router.get("/")
async def home(
    request: Request, pages: PagesDep, reader: ReaderDep, edge: EdgeDep, visitor: VisitorDep
) -> Response:
    """What is coming, soonest first, and the latest of what was; or, asked for as `earlier`, all
    that was, latest first. Either a page at a time, `page` and `earlier` being its number."""
    now, query = edge.now(), request.query_params
    earlier = "earlier" in query
    number = _number(query.get("earlier" if earlier else "page", ""))
    first = number == 1
    coming: list[Course] = []
    past: list[Course] = []
    if earlier:
        past, more = await _some(reader, _PAST, now, PAGE, number)
        older = False
    else:
        coming, more = await _some(reader, _COMING, now, PAGE, number)
        past, older = await _some(reader, _PAST, now, LATEST, 1) if first else ([], False)
    if not first and not (coming or past):
        return missing(request, pages)
    shown = pages.page(
        request,
        "courses.html",
        coming=coming,
        past=past,
        earlier=earlier,
        older=older,
        number=number,
        more=more,
        costs={course.course_id: today_of(course, now).amount for course in (*coming, *past)},
        zone=visitor.zone,
        guessed=False,
    )
    return visitor.remember(shown)


async def _some(
    reader: Reader, statement: str, now: datetime, most: int, number: int
) -> tuple[list[Course], bool]:
    """A page of them, and whether more come behind it."""
    rows = await reader.fetch(statement, now, most + 1, (number - 1) * most)
    found: list[Course] = [said_in(row["status"], row["document"]) for row in rows[:most]]
    return found, len(rows) > most


def _number(asked: str) -> int:
    """The number of a page; the first where none is asked for that there could be."""
    return int(asked) if _NUMBER.fullmatch(asked) else 1
