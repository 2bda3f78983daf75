"""Completing a session by hand: who is in the room and who is not known yet is shown before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response

from services.web.api.common import PagesDep, course_of, key_of, see
from services.web.api.console_page import DeskDep, RunsDep, answered, away, keyed, once_more, show
from services.web.api.missing import missing
from services.web.api.signed_in import Signed, TheirFormDep
from services.web.board import sittings_of
from services.web.domain.board import line_of
from services.web.owners import Away, or_none, segment
from services.web.render import Pages
from services.web.staff import Desk
from shared.runtime.database import Reader
from shared.runtime.edge import Edge, EdgeDep, ReaderDep

router = APIRouter(include_in_schema=False)
_PATH = "/console/courses/{course_id}/sessions/{session_id}/complete"
LONGEST = 24 * 60  # minutes


@router.get(_PATH)
async def preview(
    course_id: str,
    session_id: str,
    request: Request,
    pages: PagesDep,
    signed: RunsDep,
    desk: DeskDep,
    reader: ReaderDep,
    edge: EdgeDep,
) -> Response:
    """What completing now would mean."""
    return await _preview(request, pages, signed, desk, reader, edge, course_id, session_id)


@router.post(_PATH)
async def complete(
    course_id: str,
    session_id: str,
    form: TheirFormDep,
    request: Request,
    pages: PagesDep,
    signed: RunsDep,
    desk: DeskDep,
    reader: ReaderDep,
    edge: EdgeDep,
) -> Response:
    """Complete it, with the minutes that were taught where it was cut short."""
    place = (request, pages, signed, desk, reader, edge, course_id, session_id)
    typed = form.get("minutes", "").strip()
    minutes = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 5 else 0
    if typed and not 0 < minutes <= LONGEST:
        said = "Minutes are a whole number, such as 90; or leave it empty."
        return await _preview(*place, typed=typed, wrong=said, status=422, form=form)
    body: dict[str, Any] = {"instruction_minutes": minutes} if typed else {"early": True}
    there = f"{segment(course_id)}/{segment(session_id)}"
    page = f"/console/courses/{segment(course_id)}/sessions/{segment(session_id)}"
    try:
        done = await desk.act(
            "attendance", f"/attendance/v1/sessions/{there}/complete", body, key=key_of(form)
        )
    except Away:
        return once_more(
            request, pages, signed, "courses", "attendance", form, look=(page, "the session")
        )
    if not done.ok:
        told = [str(one.get("detail")) for one in done.body.get("errors") or ()]
        said = " ".join(told) or done.detail or "Attendance refused it."
        again = answered(form)
        return await _preview(*place, typed=typed, wrong=said, status=done.status, form=again)
    return see(page, personal=True)


async def _preview(
    request: Request,
    pages: Pages,
    signed: Signed,
    desk: Desk,
    reader: Reader,
    edge: Edge,
    course_id: str,
    session_id: str,
    *,
    typed: str = "",
    form: Mapping[str, str] | None = None,
    wrong: str = "",
    status: int = 200,
) -> Response:
    course = await course_of(reader, course_id)
    sittings = {one.session_id: one for one in (sittings_of(course) if course else [])}
    if session_id not in sittings:
        return missing(request, pages)
    there = f"{segment(course_id)}/{segment(session_id)}"
    path = f"/attendance/v1/sessions/{there}?records=false"
    seen = await or_none(desk.ask("attendance", path, timeout=10))
    if seen is None:
        return away(request, pages, signed, "courses", "attendance")
    now = edge.now()
    return show(
        request,
        pages,
        signed,
        "courses",
        "session_complete.html",
        status,
        line=line_of(sittings[session_id], None, seen.body if seen.ok else None, now),
        early=now < sittings[session_id].ends_at,
        typed=typed,
        wrong=wrong,
        **keyed(form or {}),
        now=now,
    )
