"""Cancelling a course: whom it concerns and what goes back is shown before anything is done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response

from services.web.api.common import PagesDep, key_of, see
from services.web.api.console_page import DeskDep, RunsDep, answered, keyed, once_more, show
from services.web.api.missing import missing
from services.web.api.signed_in import Signed, TheirFormDep
from services.web.owners import Answer, Away, or_none, segment
from services.web.render import Pages
from services.web.staff import Desk

router = APIRouter(include_in_schema=False)
# Who would be told, and may get something back, when the course is cancelled.
_LIVING = ("requested", "waitlisted", "offered", "confirmed")


@router.get("/console/courses/{course_id}/cancel")
async def preview(
    course_id: str, request: Request, pages: PagesDep, signed: RunsDep, desk: DeskDep
) -> Response:
    """What cancelling would do, before anything is done: how many people, how much money."""
    return await _preview(request, pages, signed, desk, course_id, {}, "")


@router.post("/console/courses/{course_id}/cancel")
async def cancel(
    course_id: str,
    form: TheirFormDep,
    request: Request,
    pages: PagesDep,
    signed: RunsDep,
    desk: DeskDep,
) -> Response:
    """Cancel the course; nothing is done without a reason and the course's id, typed."""
    reason = form.get("reason", "").strip()
    if not reason:
        return await _preview(request, pages, signed, desk, course_id, form, "Say why, please.")
    if form.get("typed", "").strip() != course_id:
        said = "This is not the course’s id. Nothing was cancelled."
        return await _preview(request, pages, signed, desk, course_id, form, said)
    path = f"/registration/v1/courses/{segment(course_id)}"
    try:
        done = await desk.act(
            "registration", f"{path}/cancel", {"reason": reason}, key=key_of(form)
        )
    except Away:
        look = (f"/console/courses/{segment(course_id)}", f"the course {course_id}")
        return once_more(request, pages, signed, "courses", "registration", form, look=look)
    if not done.ok:
        said, again = done.detail or "Registration refused it.", answered(form, done)
        return await _preview(request, pages, signed, desk, course_id, again, said, done.status)
    return see(f"/console/courses/{segment(course_id)}", personal=True)


async def _preview(
    request: Request,
    pages: Pages,
    signed: Signed,
    desk: Desk,
    course_id: str,
    form: Mapping[str, str],
    wrong: str,
    status: int = 200,
) -> Response:
    path = f"/registration/v1/courses/{segment(course_id)}"
    known = await or_none(desk.ask("registration", path))
    listed = await or_none(desk.all_of("registration", f"{path}/registrations", most=20_000))
    if known is None or listed is None:
        return show(request, pages, signed, "courses", "away.html", owner="registration")
    if not known.ok:
        return missing(request, pages, "course")
    if known.body.get("status") == "cancelled":
        return see(f"/console/courses/{segment(course_id)}", personal=True)
    counts = Counter(str(item.get("status")) for item in listed.items)
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
        turnover=turnover_of(money),
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
