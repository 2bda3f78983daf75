"""Registering: the form as it was sent, the owner's call, and what comes of it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from services.web.api.asked import asked_of
from services.web.api.boards import serves_of
from services.web.api.common import (
    FormDep,
    OwnersDep,
    PagesDep,
    Visitor,
    VisitorDep,
    course_of,
    key_of,
    new_key,
    see,
)
from services.web.api.courses import asks_of, is_open, seats_of
from services.web.api.missing import missing
from services.web.domain import boards, refusals, register_form, zones
from services.web.domain.prices import Today
from services.web.domain.register_form import Fault, Form
from services.web.owners import Answer, Away, Owners, or_none, segment
from services.web.render import Pages
from shared.contracts.course import Course
from shared.runtime.edge import EdgeDep, ReaderDep

router = APIRouter(include_in_schema=False)
# What a refusal of the whole is told as.
_REFUSED = {
    "idempotency-key-in-use": "busy",
    "idempotency-key-reused": "sent-before",
    "registration-closed": "closed",
    "registration-not-open": "not-open",
    "course-cancelled": "cancelled",
}


@router.get("/courses/{course_id}/register")
async def to_the_form(course_id: str) -> Response:
    """The form stands on the course's page."""
    return see(f"/courses/{segment(course_id)}#register")


@router.post("/courses/{course_id}/register")
async def register(
    course_id: str,
    request: Request,
    form: FormDep,
    pages: PagesDep,
    owners: OwnersDep,
    reader: ReaderDep,
    edge: EdgeDep,
    visitor: VisitorDep,
) -> Response:
    """On to one's own page when it worked; else the form again, with everything typed in it."""
    course = await course_of(reader, course_id)
    if course is None:
        return missing(request, pages, "course")
    now = edge.now()
    asked = await asked_of(course, reader, now)
    values, key = register_form.values_of(form), key_of(form)
    again = _first_look(course, values, asked["today"])
    if again is None and not is_open(course, now):
        again = Form(values, new_key(), [], "closed", status=409)
    if again is not None:
        return await _form_page(request, pages, owners, course, visitor, asked, again)
    try:
        answer = await _ask(course, values, key, owners, pages.language(request))
    except Away:
        # Whether it arrived is not known, so the key stays: pressed again, it counts once.
        again = Form(values, key, [], "away", status=503)
        return await _form_page(request, pages, owners, course, visitor, asked, again)
    if answer.ok:
        return _registered(request, pages, course, answer)
    again = _refused(course, values, key, answer)
    return await _form_page(request, pages, owners, course, visitor, asked, again)


def _first_look(course: Course, values: dict[str, str], today: Today) -> Form | None:
    faults = register_form.faults_of(
        values,
        disclosure=course.disclosure is not None,
        prerequisites=len(course.prerequisites),
        stated=[price.price_id for price in today.stated],
        today=today.amount.amount,
        invoice=course.invoice_allowed and bool(course.price.amount),
    )
    if any(fault.code == "no-invoice" for fault in faults):
        del values["payment"]  # sent again it is a card, as the fault says
    if course.disclosure and values.get("disclosure_version") != course.disclosure.version:
        values.pop("disclosure", None)
        faults = [fault for fault in faults if fault.field != "disclosure"]
        faults.append(Fault("disclosure", "changed"))
    unserved = unserved_in(course, values)
    if unserved and values.get("unserved") != "accepted":
        faults.append(Fault("unserved", "missing"))
    return Form(values, new_key(), faults, unserved=unserved) if faults else None


def unserved_in(course: Course, values: dict[str, str]) -> bool:
    """Whether nobody here would give credit for it: said before anything is paid."""
    if not values.get("profession") or not course.boards:
        return False
    held = [(one["profession"], one["state"]) for one in register_form.licenses_of(values)]
    return not boards.serving(serves_of(course), values["profession"], held)


async def _ask(
    course: Course, values: dict[str, str], key: str, owners: Owners, locale: str
) -> Answer:
    body = register_form.request_of(
        values,
        zone=zones.known(values.get("zone"), course.zone) or "UTC",
        locale=locale,
        disclosure_version=course.disclosure.version if course.disclosure else "",
        free=not course.price.amount,
        prerequisites=len(course.prerequisites),
    )
    path = f"/registration/v1/courses/{segment(course.course_id)}/registrations"
    return await owners.act("registration", path, body, key=key)


def _registered(request: Request, pages: Pages, course: Course, answer: Answer) -> Response:
    token = answer.body.get("token")
    if isinstance(token, str):
        return see(f"/r/{segment(token)}", personal=True)
    # The same person again: the link goes to the address it was made for, never to this screen.
    return pages.page(request, "registered_before.html", personal=True, course=course)


def _refused(course: Course, values: dict[str, str], key: str, answer: Answer) -> Form:
    if answer.slug in _REFUSED:
        kept = key if answer.slug == "idempotency-key-in-use" else new_key()
        return Form(values, kept, [], _REFUSED[answer.slug], status=409)
    if answer.slug == "disclosure-outdated":
        values.pop("disclosure", None)
    faults = refusals.faults_in(answer.slug, answer.body, values, course.prerequisites)
    notice, detail = ("", "") if faults else ("refused", answer.detail)
    return Form(values, new_key(), faults, notice, status=answer.status, detail=detail)


async def _form_page(
    request: Request,
    pages: Pages,
    owners: Owners,
    course: Course,
    visitor: Visitor,
    asked: dict[str, Any],
    form: Form,
) -> Response:
    path = f"/registration/v1/courses/{segment(course.course_id)}"
    counted = await or_none(owners.ask("registration", path))
    shown: dict[str, Any] = {
        "course": course,
        "zone": visitor.zone or course.zone,
        "seats": seats_of(counted),
        "asks": asks_of(counted),
        **asked,
        "form": form,
    }
    headers = {"Retry-After": "30"} if form.status == 503 else None
    return pages.page(
        request, "register.html", form.status, personal=True, headers=headers, **shown
    )
