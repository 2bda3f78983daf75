"""Courses: published by an operator, read by everybody."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Query, Request, Response

from services.registration.api.course_answers import CourseList, CoursePage, PublishedAnswer
from services.registration.api.shown import course_page, course_summary, eligibility
from services.registration.commands.admission import CourseUnknown
from services.registration.commands.courses import Publish, publish
from services.registration.commands.publishing import Published
from services.registration.models import Course, Seats
from shared.contracts.event import Text
from shared.dates import parse_instant, rfc3339, zone_of
from shared.errors import Malformed
from shared.runtime.asking import PAGE, After, Limit, OperatorDep, PathId
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep, OptionalOnce, ReaderDep
from shared.runtime.fresh import NOT_MODIFIED, FreshDep
from shared.runtime.problems import problems
from shared.runtime.rows import build
from shared.states import state_code

router = APIRouter(tags=["courses"], route_class=Direct)

_SHOWN = """
SELECT c.*, v.document AS v_document, s.capacity, s.sold, s.held, s.offered, s.waiting, s.tickets
FROM courses c
JOIN course_versions v ON v.course_id = c.course_id AND v.version = c.version
JOIN seats s ON s.course_id = c.course_id
"""
_ONE = f"{_SHOWN} WHERE c.course_id = $1"
_LIST = f"""{_SHOWN}
WHERE ($1::timestamptz IS NULL OR (c.first_start, c.course_id) > ($1, $2))
ORDER BY c.first_start, c.course_id LIMIT $3
"""
# By its end, for that is what an index finds: as of years of courses those ahead are a few.
_CURRENT = f"""{_SHOWN}
WHERE c.last_end > $4 AND ($1::timestamptz IS NULL OR (c.last_end, c.course_id) > ($1, $2))
{{more}}ORDER BY c.last_end, c.course_id LIMIT $3
"""
_OPEN = """AND c.status = 'published' AND c.closes_at > $4
  AND (c.opens_at IS NULL OR c.opens_at <= $4)
"""
_OVER = f"""{_SHOWN}
WHERE c.last_end <= $4 AND ($1::timestamptz IS NULL OR (c.last_end, c.course_id) < ($1, $2))
ORDER BY c.last_end DESC, c.course_id DESC LIMIT $3
"""
_LISTS: Mapping[str, str] = {
    "current": _CURRENT.format(more=""),
    "open": _CURRENT.format(more=_OPEN),
    "over": _OVER,
}
State = Annotated[
    Literal["all", "current", "open", "over"],
    Query(description="`current`: not over yet; `open`: takes registrations now"),
]


@router.put(
    "/registration/v1/courses/{course_id}",
    status_code=201,
    responses={
        200: {"description": "Changed, or as it was", "model": PublishedAnswer},
        201: {"model": PublishedAnswer},
        **problems(401, 403, 409),
    },
)
async def put_course(
    course_id: PathId,
    body: Annotated[dict[str, Any], Body()],
    caller: OperatorDep,
    edge: EdgeDep,
    once: OptionalOnce,
) -> Response:
    """Publish a course, or its next version. Same content → the same version."""
    try:
        json.dumps(body, allow_nan=False)
    except ValueError:
        raise Malformed("malformed", "NaN and infinities are not JSON.") from None
    command = Publish(course_id, body, caller.name)
    return await edge.run(publish, command, once=once, answer=published)


def published(done: Published) -> tuple[int, Any]:
    """The answer to whatever says a course anew."""
    return 201 if done.new else 200, {
        "course_id": done.course.course_id,
        "version": done.course.version,
        "sessions": sessions_said(done.document),
        "warnings": done.warnings,
    }


def sessions_said(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The instants that the wall times of each session came to."""
    return [
        {name: session[name] for name in ("session_id", "starts_at", "ends_at")}
        for session in document["sessions"]
    ]


@router.get(
    "/registration/v1/courses",
    responses={200: {"model": CourseList}, **NOT_MODIFIED, **problems()},
)
async def list_courses(
    request: Request,
    reader: ReaderDep,
    edge: EdgeDep,
    fresh: FreshDep,
    state: State = "all",
    limit: Limit = PAGE,
    after: After = None,
) -> Response:
    """All courses by the start of their first session; those that are not over, or take
    registrations, by the end of their last, and those that are over with the last to end first. As
    of less than a second ago."""
    start, _, course_id = (after or "").partition("~")
    since = parse_instant(start) if start else None

    async def make() -> dict[str, Any]:
        place = (since, course_id, limit + 1)
        if state == "all":
            records = await reader.fetch(_LIST, *place)
        else:
            records = await reader.fetch(_LISTS[state], *place, edge.now())
        items = [
            course_summary(course, document, seats, edge.now())
            for course, document, seats in map(_read, records[:limit])
        ]
        more = len(records) > limit
        last = records[limit - 1] if more else None
        by = "first_start" if state == "all" else "last_end"
        following = f"{rfc3339(last[by])}~{last['course_id']}" if last else None
        return {"items": items, "next": following}

    return await fresh.answer(request, ("list", state, limit, since, course_id), make)


@router.get(
    "/registration/v1/courses/{course_id}",
    responses={200: {"model": CoursePage}, **NOT_MODIFIED, **problems(404)},
)
async def show_course(
    course_id: PathId,
    request: Request,
    reader: ReaderDep,
    edge: EdgeDep,
    fresh: FreshDep,
    zone: Annotated[Text | None, Query(max_length=64)] = None,
    profession: Annotated[Text | None, Query(max_length=100)] = None,
    state: Annotated[Text | None, Query(max_length=10)] = None,
) -> Response:
    """A course; with `?profession=&state=` also which of its boards serve such a person.

    As of less than a second ago."""
    local = zone_of(zone).key if zone else None
    who = (profession.lower(), state_code(state)) if profession else None

    async def make() -> dict[str, Any]:
        records = await reader.fetch(_ONE, course_id)
        if not records:
            raise CourseUnknown("There is no such course.")
        course, document, seats = _read(records[0])
        page = course_page(course, document, seats, edge.now(), local)
        if who is not None:
            licenses = [{"state": who[1]}] if who[1] else []
            page["eligibility"] = eligibility(course.terms["boards"], who[0], licenses)
        return page

    return await fresh.answer(request, ("page", course_id, local, who), make)


def _read(record: Mapping[str, Any]) -> tuple[Course, dict[str, Any], Seats]:
    """A course, its document and its seats, as of one moment."""
    course = build(Course, {name: record[name] for name in Course.model_fields})
    seats = build(Seats, {name: record[name] for name in Seats.model_fields})
    return course, record["v_document"], seats
