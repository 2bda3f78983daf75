"""A session for staff: who was there and for how long, who could not be matched, completing it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response

from services.web.api.common import PagesDep, course_of, key_of, new_key, see
from services.web.api.console_page import DeskDep, ReadsDep, RunsDep, note, sheet, show
from services.web.api.missing import missing
from services.web.api.signed_in import Signed, TheirFormDep
from services.web.board import sittings_of
from services.web.domain.board import line_of
from services.web.domain.roles import may
from services.web.domain.tables import Column, table, view_of
from services.web.owners import Away, or_none, segment
from services.web.render import Pages
from services.web.staff import Desk
from shared.runtime.database import Reader
from shared.runtime.edge import Edge, EdgeDep, ReaderDep

router = APIRouter(include_in_schema=False)
_PATH = "/console/courses/{course_id}/sessions/{session_id}"
ATTENDED = (
    Column("name", "Name"),
    Column("minutes", "Minutes", number=True),
    Column("present", "Present"),
    Column("now", "Now"),
    Column("flag", "To look at"),
    Column("registration_id", "Registration", hidden=True),
)
WITHOUT_NAMES = (Column("registration_id", "Registration"), *ATTENDED[1:-1])


@router.get(_PATH)
async def session(
    course_id: str,
    session_id: str,
    request: Request,
    pages: PagesDep,
    signed: ReadsDep,
    desk: DeskDep,
    reader: ReaderDep,
    edge: EdgeDep,
) -> Response:
    """The session as it stands; names for whoever may see people."""
    return await _session(request, pages, signed, desk, reader, edge, course_id, session_id)


@router.post(_PATH + "/unmatched/{unmatched_id}")
async def match(
    course_id: str,
    session_id: str,
    unmatched_id: str,
    form: TheirFormDep,
    request: Request,
    pages: PagesDep,
    signed: RunsDep,
    desk: DeskDep,
    reader: ReaderDep,
    edge: EdgeDep,
) -> Response:
    """Say who somebody was, or that they are nobody's, and why."""
    reason, who = form.get("reason", "").strip(), form.get("registration_id", "").strip()
    place = (request, pages, signed, desk, reader, edge, course_id, session_id)
    if not reason or not who:
        said = "Choose who it was and say why you think so. Nothing was matched."
        return await _session(*place, wrong=(unmatched_id, said), status=422)
    body = {"registration_id": None if who == "nobody" else who, "reason": reason}
    path = f"/attendance/v1/unmatched/{segment(unmatched_id)}/match"
    try:
        done = await desk.act("attendance", path, body, key=key_of(form))
    except Away:
        said = "Attendance did not answer. Send it again: it counts once."
        return await _session(*place, wrong=(unmatched_id, said), status=503)
    if not done.ok:
        said = done.detail or "Attendance refused it."
        return await _session(*place, wrong=(unmatched_id, said), status=done.status)
    return see(
        f"/console/courses/{segment(course_id)}/sessions/{segment(session_id)}", personal=True
    )


async def _session(
    request: Request,
    pages: Pages,
    signed: Signed,
    desk: Desk,
    reader: Reader,
    edge: Edge,
    course_id: str,
    session_id: str,
    *,
    wrong: tuple[str, str] | None = None,
    status: int = 200,
) -> Response:
    now = edge.now()
    course = await course_of(reader, course_id)
    sittings = sittings_of(course) if course is not None else []
    sitting = next((one for one in sittings if one.session_id == session_id), None)
    if sitting is None:
        return missing(request, pages)
    there = f"{segment(course_id)}/{segment(session_id)}"
    seen = await or_none(desk.ask("attendance", f"/attendance/v1/sessions/{there}", timeout=10))
    if seen is None:
        return show(request, pages, signed, "courses", "away.html", owner="attendance")
    names: dict[str, str] = {}
    strangers: tuple[Mapping[str, Any], ...] = ()
    if may(signed.roles, "people"):
        await note(edge, "console.course-people-read", course_id)
        names = await _names(desk, course_id)
        strangers = await _strangers(desk, course_id, session_id)
    rows = [_row(item, names) for item in seen.body.get("records") or ()]
    columns = ATTENDED if names else WITHOUT_NAMES
    query = request.query_params
    if query.get("format") == "csv":
        return sheet(rows, columns, query, f"{course_id}-{session_id}-attendance")
    return show(
        request,
        pages,
        signed,
        "courses",
        "session.html",
        status,
        line=line_of(sitting, None, seen.body if seen.ok else None, now),
        table=table(rows, columns, view_of(query)),
        strangers=[dict(one) | {"key": new_key()} for one in strangers],
        names=names,
        wrong=wrong,
        now=now,
    )


async def _names(desk: Desk, course_id: str) -> dict[str, str]:
    """Registration id → name; empty where registration is away."""
    path = f"/registration/v1/courses/{segment(course_id)}/registrations"
    listed = await or_none(desk.all_of("registration", path, most=10_000))
    return {
        str(one["registration_id"]): str(one.get("name") or "erased")
        for one in (listed.items if listed else ())
    }


async def _strangers(desk: Desk, course_id: str, session_id: str) -> tuple[Mapping[str, Any], ...]:
    path = f"/attendance/v1/unmatched?course_id={segment(course_id)}"
    listed = await or_none(
        desk.all_of("attendance", f"{path}&session_id={segment(session_id)}", most=200)
    )
    return listed.items if listed else ()


def _row(item: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    registration_id = str(item["registration_id"])
    flags = ["evidence now says less"] if item.get("flagged") else []
    flags += [str(doubt).replace("-", " ") for doubt in item.get("doubts") or ()]
    inside = "in the room" if item.get("in_room") else "in the lobby" if item.get("waiting") else ""
    return {
        "registration_id": registration_id,
        "name": names.get(registration_id, registration_id),
        "minutes": int(item.get("seconds") or 0) // 60,
        "present": "present" if item.get("present") else "not yet" if inside else "absent",
        "now": inside,
        "flag": ", ".join(flags),
    }
