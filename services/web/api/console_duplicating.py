"""A course made from one that is there: all its facts under another id, its days moved, in the form
from which it is published once it was looked at."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request, Response

from services.web.api.common import PagesDep
from services.web.api.console_course_form import show_form
from services.web.api.console_page import DeskDep, RunsDep, away, show
from services.web.api.course_draft import form_of_course
from services.web.api.missing import missing
from services.web.domain.copies import Wrong, notes_of, shift_of
from services.web.domain.moved_course import first_day, moved
from services.web.owners import or_none, segment

router = APIRouter(include_in_schema=False)


@router.get("/console/courses/{course_id}/duplicate")
async def duplicate(
    course_id: str, request: Request, pages: PagesDep, signed: RunsDep, desk: DeskDep
) -> Response:
    """Which id and which days; once they are said, the form with all the rest."""
    path = "/registration/v1/courses"
    told = await or_none(desk.ask("registration", f"{path}/{segment(course_id)}/file"))
    if told is None:
        return away(request, pages, signed, "courses", "registration")
    if not told.ok:
        return missing(request, pages, "course")
    file: dict[str, Any] = told.body["file"]
    asked = {name: request.query_params.get(name, "").strip() for name in ("id", "first", "weeks")}
    wrong: Mapping[str, str] = {}
    if "id" in request.query_params:
        try:
            days = shift_of(asked, first_day(file))
            copy = moved(file, days) | {"id": asked["id"]}
        except Wrong as why:
            wrong = why.faults
        except OverflowError:
            wrong = {"first": "That is beyond the calendar."}
        else:
            known = await or_none(desk.ask("registration", f"{path}/{segment(asked['id'])}"))
            if known is None or not known.ok:
                typed = form_of_course(copy) | {"copied": course_id}
                notes = notes_of(told.body, timedelta(days))
                return show_form(request, pages, signed, typed, notes=notes)
            wrong = {"id": f"There is a course of this id already: {known.body.get('title')}."}
    return show(
        request,
        pages,
        signed,
        "courses",
        "course_duplicate.html",
        422 if wrong else 200,
        course=file,
        course_id=course_id,
        sessions=len(file["sessions"]),
        begins=first_day(file),
        asked=asked,
        wrong=wrong,
    )
