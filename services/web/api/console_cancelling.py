"""Cancelling a course: whom it concerns and what goes back is shown before anything is done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response

from services.web.api.common import PagesDep, key_of, see
from services.web.api.console_page import DeskDep, RunsDep, answered, away, keyed, once_more, show
from services.web.api.missing import missing
from services.web.api.signed_in import Signed, TheirFormDep
from services.web.domain.money_or_credit import choice_in, choice_typed
from services.web.owners import Answer, Away, or_none, segment
from services.web.render import Pages
from services.web.staff import Desk
from shared.runtime.edge import Edge, EdgeDep

router = APIRouter(include_in_schema=False)
# Who would be told, and may get something back, when the course is cancelled.
_LIVING = ("requested", "waitlisted", "offered", "confirmed")


@router.get("/console/courses/{course_id}/cancel")
async def preview(
    course_id: str,
    request: Request,
    pages: PagesDep,
    signed: RunsDep,
    desk: DeskDep,
    edge: EdgeDep,
) -> Response:
    """What cancelling would do, before anything is done: how many people, how much money."""
    return await _preview(request, pages, signed, desk, edge, course_id, {}, "")


@router.post("/console/courses/{course_id}/cancel")
async def cancel(
    course_id: str,
    form: TheirFormDep,
    request: Request,
    pages: PagesDep,
    signed: RunsDep,
    desk: DeskDep,
    edge: EdgeDep,
) -> Response:
    """Cancel the course; nothing is done without a reason and the course's id, typed. With `look`
    it is only shown what a choice would mean."""
    path = f"/registration/v1/courses/{segment(course_id)}"
    look = (f"/console/courses/{segment(course_id)}", f"the course {course_id}")
    known = await or_none(desk.ask("registration", path)) if choice_typed(form) else None
    if known is None and choice_typed(form):
        return once_more(request, pages, signed, "courses", "registration", form, look=look)
    choice = choice_in(form, _zone(known), edge.now())
    place = (request, pages, signed, desk, edge, course_id)
    wrong = "" if "look" in form else _lacking(form, course_id)
    if wrong or choice.wrong or "look" in form:
        return await _preview(*place, form, wrong or choice.wrong)
    body = {"reason": form["reason"].strip(), **choice.body}
    try:
        done = await desk.act("registration", f"{path}/cancel", body, key=key_of(form))
    except Away:
        return once_more(request, pages, signed, "courses", "registration", form, look=look)
    if not done.ok:
        said, again = done.detail or "Registration refused it.", answered(form)
        return await _preview(*place, again, said, done.status)
    return see(f"/console/courses/{segment(course_id)}", personal=True)


def _lacking(form: Mapping[str, str], course_id: str) -> str:
    if not form.get("reason", "").strip():
        return "Say why, please."
    typed = form.get("typed", "").strip()
    return "" if typed == course_id else "This is not the course’s id."


def _zone(known: Answer | None) -> str:
    return str(known.body.get("zone") or "UTC") if known is not None and known.ok else "UTC"


async def _preview(
    request: Request,
    pages: Pages,
    signed: Signed,
    desk: Desk,
    edge: Edge,
    course_id: str,
    form: Mapping[str, str],
    wrong: str,
    status: int = 200,
) -> Response:
    path = f"/registration/v1/courses/{segment(course_id)}"
    known = await or_none(desk.ask("registration", path))
    if known is not None and not known.ok:
        return missing(request, pages, "course")
    told = await or_none(desk.ask("registration", f"{path}/registrations/counts"))
    if known is None or told is None or not told.ok:
        return away(request, pages, signed, "courses", "registration")
    if known.body.get("status") == "cancelled":
        return see(f"/console/courses/{segment(course_id)}", personal=True)
    counts = Counter(told.body.get("counts") or {})
    money = await or_none(
        desk.ask("billing", f"/billing/v1/courses/{segment(course_id)}/settlement-statement")
    )
    return show(
        request,
        pages,
        signed,
        "courses",
        "course_cancel.html",
        422 if wrong and status == 200 else status,
        course=known.body,
        concerned=[(state, counts[state]) for state in _LIVING if counts[state]],
        confirmed=counts["confirmed"],
        turnover=turnover_of(money),
        choice=choice_in(form, _zone(known), edge.now()),
        wrong=wrong,
        form=form,
        **keyed(form),
    )


def turnover_of(answer: Answer | None) -> list[Mapping[str, Any]] | None:
    """What is there to give back, by currency; None where billing does not say."""
    if answer is None or not answer.ok:
        return None
    return [
        {
            "kept": {
                "amount": one["collected"]["amount"] - one["refunded"]["amount"],
                "currency": one["currency"],
            },
            "redeemed": one["redeemed"],
        }
        for one in answer.body.get("turnover") or ()
    ]
