"""Courses for staff: all of them, and one with everybody in it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from fastapi import APIRouter, Request, Response

from services.web.api.common import PagesDep
from services.web.api.console_page import Choices, DeskDep, ReadsDep, away, note, show, whole_sheet
from services.web.api.missing import missing
from services.web.domain.roles import may
from services.web.domain.tables import Column, table, view_of
from services.web.owners import Away, or_none, segment
from services.web.staff import Desk, Listed
from shared.dates import day_of, parse_instant
from shared.runtime.edge import EdgeDep

router = APIRouter(include_in_schema=False)
_LIST = "/registration/v1/courses"
_MOST, _MOST_SEARCHED = 1_000, 10_000  # courses of a list on a page; the file has all of them
COURSES = (
    Column("title", "Course"),
    Column("status", "State"),
    Column("begins", "Begins"),
    Column("ends", "Ends"),
    Column("capacity", "Seats", number=True),
    Column("left", "Left", number=True),
    Column("waiting", "Waiting", number=True),
    Column("course_id", "Id", hidden=True),
)
PEOPLE = (
    Column("name", "Name"),
    Column("email", "Mail"),
    Column("status", "State"),
    Column("requested", "Registered, UTC"),
    Column("price", "Price", number=True),
    Column("organisation", "Organisation"),
    Column("registration_id", "Registration", hidden=True),
)
STATES = (
    "requested", "confirmed", "waitlisted", "offered", "cancelled", "transferred", "completed",
    "expired", "lapsed",
)  # fmt: skip


@router.get("/console/courses")
async def courses(
    request: Request, pages: PagesDep, signed: ReadsDep, desk: DeskDep, edge: EdgeDep
) -> Response:
    """Those that are not over, the next to begin first; then those that are, the last to end first.
    As CSV with `?format=csv`, all of them or none."""
    query, now = request.query_params, edge.now()
    state = query.get("state", "")
    state = state if state in ("current", "over") else ""
    try:
        if query.get("format") == "csv":
            every = desk.pages_of("registration", f"{_LIST}?state={state or 'all'}")
            file = await whole_sheet(every, partial(_course_row, now), COURSES, query, "courses")
            if isinstance(file, Response):
                return file
            return away(request, pages, signed, "courses", "registration", 503)
        lists = await _lists(desk, state, wide=bool(query.get("q", "").strip()))
    except Away:
        return away(request, pages, signed, "courses", "registration")
    if any(listed.refused for listed in lists):
        return away(request, pages, signed, "courses", "registration")
    rows = [_course_row(now, item) for listed in lists for item in listed.items]
    more = any(listed.more for listed in lists)
    choices = [("", "all"), ("current", "not over"), ("over", "over")]
    return show(
        request,
        pages,
        signed,
        "courses",
        "courses.html",
        table=table(rows, COURSES, view_of(query, ["state"]), more),
        filters=[Choices("state", "Which", state, choices)],
    )


async def _lists(desk: Desk, state: str, *, wide: bool) -> list[Listed]:
    """Those ahead by their start, and those that are over; each as far as a page goes, or where
    somebody searches (`wide`), further. Raises Away."""
    most = _MOST_SEARCHED if wide else _MOST
    asked = [state] if state else ["current", "over"]
    lists = await asyncio.gather(
        *(desk.all_of("registration", f"{_LIST}?state={one}", most) for one in asked)
    )
    return [
        replace(listed, items=tuple(sorted(listed.items, key=_begin)))
        if one == "current"
        else listed
        for one, listed in zip(asked, lists, strict=True)
    ]


def _begin(item: Mapping[str, Any]) -> tuple[str, str]:
    return str(item["starts_at"]), str(item["course_id"])


@router.get("/console/courses/{course_id}")
async def course(
    course_id: str,
    request: Request,
    pages: PagesDep,
    signed: ReadsDep,
    desk: DeskDep,
    edge: EdgeDep,
) -> Response:
    """One course: its sessions, its seats, and, for whoever may see people, everybody in it."""
    path = f"/registration/v1/courses/{segment(course_id)}"
    known = await or_none(desk.ask("registration", path))
    if known is not None and not known.ok:
        return missing(request, pages, "course")
    if known is None:
        return away(request, pages, signed, "courses", "registration")
    query = request.query_params
    state = query.get("state", "")
    state = state if state in STATES else ""
    may_see = may(signed.roles, "people")
    narrowed = f"{path}/registrations" + (f"?status={state}" if state else "")
    if may_see:
        await note(edge, "console.course-people-read", course_id)
    if query.get("format") == "csv" and may_see:
        try:
            every = desk.pages_of("registration", narrowed)
            name = f"{course_id}-registrations"
            file = await whole_sheet(every, _person_row, PEOPLE, query, name)
        except Away:
            file = None
        if isinstance(file, Response):
            return file
        return away(request, pages, signed, "courses", "registration", 503)
    listed, counted = await _people(desk, path, narrowed) if may_see else (None, None)
    shown = None
    if listed is not None:
        rows = [_person_row(item) for item in listed.items]
        shown = table(rows, PEOPLE, view_of(query, ["state"]), listed.more)
    gone = None
    if known.body.get("status") == "cancelled":
        gone = await or_none(desk.ask("registration", f"{path}/cancellation"))
    return show(
        request,
        pages,
        signed,
        "courses",
        "course.html",
        course=known.body,
        table=shown,
        counts=counted or {},
        gone=gone.body if gone and gone.ok else None,
        filters=[Choices("state", "State", state, [("", "all"), *((s, s) for s in STATES)])],
    )


async def _people(
    desk: Desk, path: str, narrowed: str
) -> tuple[Listed | None, Mapping[str, int] | None]:
    """Those of the course, as far as a page goes, and how many are in each state, of them all; None
    where registration does not say."""
    listed, told = await asyncio.gather(
        or_none(desk.all_of("registration", narrowed)),
        or_none(desk.ask("registration", f"{path}/registrations/counts")),
    )
    counts = told.body.get("counts") if told is not None and told.ok else None
    return None if listed is None or listed.refused else listed, counts


def _course_row(now: datetime, item: Mapping[str, Any]) -> dict[str, Any]:
    zone, seats = str(item["zone"]), item.get("seats") or {}
    begins, ends = parse_instant(item["starts_at"]), parse_instant(item["ends_at"])
    word = "over" if ends <= now else "running" if begins <= now else "to come"
    is_open = bool((item.get("registration") or {}).get("open"))
    return {
        "course_id": item["course_id"],
        "title": item["title"],
        "status": "cancelled" if item["status"] == "cancelled" else word,
        "open": is_open,
        "begins": day_of(begins, zone).isoformat(),
        "ends": day_of(ends, zone).isoformat(),
        "capacity": seats.get("capacity"),
        "left": seats.get("left"),
        "waiting": seats.get("waiting"),
    }


def _person_row(item: Mapping[str, Any]) -> dict[str, Any]:
    price = item.get("price") or {}
    return {
        "registration_id": item["registration_id"],
        "person_id": item.get("person_id"),
        "name": item.get("name") or "erased",
        "email": item.get("email"),
        "status": item.get("status"),
        "requested": str(item.get("requested_at") or "")[:16].replace("T", " "),
        "price": price.get("amount"),
        "money": price if price.get("currency") else None,
        "organisation": item.get("organisation"),
    }
