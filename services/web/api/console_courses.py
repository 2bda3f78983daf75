"""Courses for staff: all of them, and one with everybody in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request, Response

from services.web.api.common import PagesDep
from services.web.api.console_page import Choices, DeskDep, ReadsDep, note, sheet, show
from services.web.api.missing import missing
from services.web.api.signed_in import Signed
from services.web.domain.roles import may
from services.web.domain.tables import Column, table, view_of
from services.web.owners import Away, or_none, segment
from services.web.staff import Desk
from shared.dates import day_of, parse_instant
from shared.runtime.edge import EdgeDep

router = APIRouter(include_in_schema=False)
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
    """Every course, the next to begin first; as CSV with `?format=csv`."""
    try:
        listed = await desk.all_of("registration", "/registration/v1/courses")
    except Away:
        return show(request, pages, signed, "courses", "away.html", owner="registration")
    rows = [_course_row(item, edge.now()) for item in listed.items]
    rows.sort(key=lambda row: (row["over"], row["begins"]))
    query = request.query_params
    if query.get("format") == "csv":
        return sheet(rows, COURSES, query, "courses")
    shown = table(rows, COURSES, view_of(query), listed.more)
    return show(request, pages, signed, "courses", "courses.html", table=shown)


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
        return show(request, pages, signed, "courses", "away.html", owner="registration")
    query = request.query_params
    state = query.get("state", "")
    people, counts = await _people(desk, signed, path, state)
    if people is not None:
        await note(edge, "console.course-people-read", course_id)
    if query.get("format") == "csv" and people is not None:
        return sheet(people[0], PEOPLE, query, f"{course_id}-registrations")
    shown = table(people[0], PEOPLE, view_of(query, ["state"]), people[1]) if people else None
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
        counts=counts,
        gone=gone.body if gone and gone.ok else None,
        filters=[Choices("state", "State", state, [("", "all"), *((s, s) for s in STATES)])],
    )


async def _people(
    desk: Desk, signed: Signed, path: str, state: str
) -> tuple[tuple[list[dict[str, Any]], bool] | None, Counter[str]]:
    """(rows, whether there are more) and how many by state; nothing for who may not see people."""
    if not may(signed.roles, "people"):
        return None, Counter()
    try:
        listed = await desk.all_of("registration", f"{path}/registrations")
    except Away:
        return None, Counter()
    counts = Counter(str(item.get("status")) for item in listed.items)
    chosen = [item for item in listed.items if state in ("", item.get("status"))]
    return ([_person_row(item) for item in chosen], listed.more), counts


def _course_row(item: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    zone, seats = str(item["zone"]), item.get("seats") or {}
    begins, ends = parse_instant(item["starts_at"]), parse_instant(item["ends_at"])
    word = "over" if ends <= now else "running" if begins <= now else "to come"
    is_open = bool((item.get("registration") or {}).get("open"))
    return {
        "course_id": item["course_id"],
        "title": item["title"],
        "status": "cancelled" if item["status"] == "cancelled" else word,
        "open": is_open,
        "over": ends <= now,
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
