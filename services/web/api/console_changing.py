"""Moving a session of a course, and cancelling one: what it does is shown before it is done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from fastapi import APIRouter, Request, Response

from services.web.api.common import PagesDep, course_of, key_of, see
from services.web.api.console_page import DeskDep, RunsDep, answered, keyed, once_more, show
from services.web.api.missing import missing
from services.web.api.signed_in import Signed, TheirFormDep
from services.web.owners import Away, or_none, segment
from services.web.render import Pages
from services.web.staff import Desk
from shared.contracts.course import Session
from shared.runtime.database import Reader
from shared.runtime.edge import ReaderDep

router = APIRouter(include_in_schema=False)
_PATH = "/console/courses/{course_id}/sessions/{session_id}"
What = Literal["move", "cancel"]


@router.get(_PATH + "/{what}")
async def preview(
    course_id: str,
    session_id: str,
    what: What,
    request: Request,
    pages: PagesDep,
    signed: RunsDep,
    desk: DeskDep,
    reader: ReaderDep,
) -> Response:
    """Whom it would concern, and what follows."""
    place = (request, pages, signed, desk, reader, course_id, session_id, what)
    return await _preview(*place)


@router.post(_PATH + "/{what}")
async def change(
    course_id: str,
    session_id: str,
    what: What,
    form: TheirFormDep,
    request: Request,
    pages: PagesDep,
    signed: RunsDep,
    desk: DeskDep,
    reader: ReaderDep,
) -> Response:
    """Do it."""
    place = (request, pages, signed, desk, reader, course_id, session_id, what)
    sent, lacking = _body(what, form)
    if lacking:
        return await _preview(*place, form=form, wrong=[lacking], status=422)
    here = f"/registration/v1/courses/{segment(course_id)}/sessions/{segment(session_id)}"
    path, method = (here, "PUT") if what == "move" else (f"{here}/cancel", "POST")
    try:
        done = await desk.act("registration", path, sent, key=key_of(form), method=method)
    except Away:
        look = (f"/console/courses/{segment(course_id)}", f"the course {course_id}")
        return once_more(request, pages, signed, "courses", "registration", form, look=look)
    if not done.ok:
        told = [str(one.get("detail")) for one in done.body.get("errors") or ()]
        wrong = told or [done.detail or "Registration refused it."]
        return await _preview(*place, form=answered(form, done), wrong=wrong, status=done.status)
    return see(f"/console/courses/{segment(course_id)}", personal=True)


def _body(what: What, form: Mapping[str, str]) -> tuple[dict[str, Any], str]:
    """What the owner is asked, and what is lacking of it."""
    if what == "cancel":
        reason = form.get("reason", "").strip()
        return {"reason": reason}, "" if reason else "Say why, please. Nothing was cancelled."
    told = {name: form.get(name, "").strip() for name in ("date", "from", "to")}
    missing_one = not all(told.values())
    return dict(told), "Say the day, from when and to when." if missing_one else ""


async def _preview(
    request: Request,
    pages: Pages,
    signed: Signed,
    desk: Desk,
    reader: Reader,
    course_id: str,
    session_id: str,
    what: What,
    *,
    form: Mapping[str, str] | None = None,
    wrong: list[str] | None = None,
    status: int = 200,
) -> Response:
    course = await course_of(reader, course_id)
    sessions = {one.session_id: one for one in course.sessions} if course else {}
    session: Session | None = sessions.get(session_id)
    if course is None or session is None:
        return missing(request, pages)
    path = f"/registration/v1/courses/{segment(course_id)}/registrations?status=confirmed"
    listed = await or_none(desk.all_of("registration", path, most=20_000))
    form = form or {}
    return show(
        request,
        pages,
        signed,
        "courses",
        "session_change.html",
        status,
        course=course,
        session=session,
        what=what,
        concerned=len(listed.items) if listed and listed.refused is None else None,
        wrong=wrong or [],
        form=form,
        **keyed(form),
    )
