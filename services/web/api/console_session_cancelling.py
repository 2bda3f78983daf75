"""Cancelling a session of a course: whom it concerns and what may go back is shown before it is
done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response

from services.web.api.common import PagesDep, course_of, key_of, see
from services.web.api.console_cancelling import turnover_of
from services.web.api.console_page import DeskDep, RunsDep, answered, keyed, once_more, show
from services.web.api.missing import missing
from services.web.api.signed_in import Signed, TheirFormDep
from services.web.owners import Away, or_none, segment
from services.web.render import Pages
from services.web.staff import Desk
from shared.contracts.course import Session
from shared.money import Money
from shared.runtime.database import Reader
from shared.runtime.edge import ReaderDep

router = APIRouter(include_in_schema=False)
_PATH = "/console/courses/{course_id}/sessions/{session_id}/cancel"


@router.get(_PATH)
async def ask(
    course_id: str,
    session_id: str,
    request: Request,
    pages: PagesDep,
    signed: RunsDep,
    desk: DeskDep,
    reader: ReaderDep,
) -> Response:
    """Whom it would concern, and what follows."""
    return await _page(request, pages, signed, desk, reader, course_id, session_id)


@router.post(_PATH)
async def cancel(
    course_id: str,
    session_id: str,
    form: TheirFormDep,
    request: Request,
    pages: PagesDep,
    signed: RunsDep,
    desk: DeskDep,
    reader: ReaderDep,
) -> Response:
    """Cancel it, with a reason."""
    place = (request, pages, signed, desk, reader, course_id, session_id)
    reason = form.get("reason", "").strip()
    if not reason:
        said = "Say why, please."
        return await _page(*place, form=form, wrong=[said], status=422)
    path = f"/registration/v1/courses/{segment(course_id)}/sessions/{segment(session_id)}/cancel"
    try:
        done = await desk.act("registration", path, {"reason": reason}, key=key_of(form))
    except Away:
        look = (f"/console/courses/{segment(course_id)}", f"the course {course_id}")
        return once_more(request, pages, signed, "courses", "registration", form, look=look)
    if not done.ok:
        told = [str(one.get("detail")) for one in done.body.get("errors") or ()]
        wrong = told or [done.detail or "Registration refused it."]
        return await _page(*place, form=answered(form), wrong=wrong, status=done.status)
    return see(f"/console/courses/{segment(course_id)}", personal=True)


async def _page(
    request: Request,
    pages: Pages,
    signed: Signed,
    desk: Desk,
    reader: Reader,
    course_id: str,
    session_id: str,
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
    path = f"/registration/v1/courses/{segment(course_id)}/registrations/counts"
    told = await or_none(desk.ask("registration", path))
    money = await or_none(
        desk.ask("billing", f"/billing/v1/courses/{segment(course_id)}/settlement-statement")
    )
    of_all = [session.minutes, sum(one.minutes for one in sessions.values()) - session.minutes]
    form = form or {}
    return show(
        request,
        pages,
        signed,
        "courses",
        "session_cancel.html",
        status,
        course=course,
        session=session,
        minutes=sum(of_all),
        concerned=told.body["counts"].get("confirmed", 0) if told and told.ok else None,
        turnover=_share(turnover_of(money), of_all),
        wrong=wrong or [],
        form=form,
        **keyed(form),
    )


def _share(
    turnover: list[Mapping[str, Any]] | None, of_all: list[int]
) -> list[Mapping[str, Any]] | None:
    """What of it is this session's, by its minutes; billing computes each learner's exactly."""
    if turnover is None:
        return None
    return [
        {**one, "share": _part(one["kept"], of_all), "credits": _part(one["redeemed"], of_all)}
        for one in turnover
    ]


def _part(whole: Mapping[str, Any], of_all: list[int]) -> Mapping[str, Any]:
    if not sum(of_all):
        return {**whole, "amount": 0}
    part = Money(int(whole["amount"]), str(whole["currency"])).allocate(of_all)[0]
    return {"amount": part.amount, "currency": part.currency}
