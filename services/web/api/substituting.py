"""A colleague comes instead: who it is, and what the owner says of it (domain.md §4)."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from services.web.api.asked import asked_of
from services.web.api.behind import Behind, behind, why_not
from services.web.api.common import FormDep, OwnersDep, PagesDep, key_of, new_key, see
from services.web.api.missing import missing
from services.web.api.register import unserved_in
from services.web.domain import mine, refusals, register_form, zones
from services.web.domain.register_form import Fault, Form
from services.web.owners import Answer, Away, segment
from services.web.render import Pages
from shared.languages import languages
from shared.runtime.asking import PlatformSecretDep
from shared.runtime.edge import EdgeDep, ReaderDep

router = APIRouter(include_in_schema=False)
# What a refusal is told as; what is about a field stands beside it.
_REFUSED = {
    "already-started": "already-started",
    "certificate-issued": "certificate-issued",
    "same-person-registered": "registered-already",
    "transfer-pending": "transfer-pending",
    "idempotency-key-in-use": "busy",
}


@router.get("/r/{token}/substitute")
async def ask(
    token: str,
    request: Request,
    pages: PagesDep,
    owners: OwnersDep,
    reader: ReaderDep,
    edge: EdgeDep,
    secret: PlatformSecretDep,
) -> Response:
    """The form, while the seat can be handed on; else back to one's own page."""
    found = await behind(owners, reader, secret, token)
    if isinstance(found, str):
        return missing(request, pages, found)
    if not mine.hands_on(found.said, found.first_start, edge.now()):
        return see(f"/r/{segment(token)}", personal=True)
    empty = Form({}, new_key(), [], status=200)
    asked = await asked_of(found.course, reader, edge.now())
    return _page(request, pages, token, found, asked, empty)


@router.post("/r/{token}/substitute")
async def hand_on(
    token: str,
    request: Request,
    form: FormDep,
    pages: PagesDep,
    owners: OwnersDep,
    reader: ReaderDep,
    edge: EdgeDep,
    secret: PlatformSecretDep,
) -> Response:
    """Done, and told to whoever handed on: the new link is for the colleague's eyes alone."""
    found = await behind(owners, reader, secret, token)
    if isinstance(found, str):
        return missing(request, pages, found)
    values, key = register_form.values_of(form), key_of(form)
    asked = await asked_of(found.course, reader, edge.now())
    again = _first_look(found, values)
    if again is not None:
        return _page(request, pages, token, found, asked, again)
    path = f"/registration/v1/registrations/{segment(found.registration_id)}/substitute"
    body = _body(found, values)
    try:
        answer = await owners.act("registration", path, body, key=key, token=token)
    except Away:
        again = Form(values, key, [], "away", status=503)
        return _page(request, pages, token, found, asked, again)
    if answer.ok:
        told: dict[str, Any] = {"name": values["name"], "email": values["email"]}
        return pages.page(request, "substituted.html", personal=True, course=found.course, **told)
    if wrong := "" if answer.status in (403, 409, 422) else why_not(answer):
        return missing(request, pages, wrong)
    return _page(request, pages, token, found, asked, _refused(found, values, key, answer))


def _first_look(found: Behind, values: dict[str, str]) -> Form | None:
    course = found.course
    faults = register_form.faults_of(
        values,
        disclosure=course.disclosure is not None,
        prerequisites=len(course.prerequisites),
    )
    if course.disclosure and values.get("disclosure_version") != course.disclosure.version:
        values.pop("disclosure", None)
        faults = [fault for fault in faults if fault.field != "disclosure"]
        faults.append(Fault("disclosure", "changed"))
    unserved = unserved_in(course, values)
    if unserved and values.get("unserved") != "accepted":
        faults.append(Fault("unserved", "missing"))
    return Form(values, new_key(), faults, unserved=unserved) if faults else None


def _body(found: Behind, values: dict[str, str]) -> dict[str, Any]:
    course, locale = found.course, values.get("locale", "")
    zone = zones.known(values.get("zone"), course.zone) or "UTC"
    locale = locale if locale in languages() else languages()[0]
    shown = register_form.shown_of(values, len(course.prerequisites))
    return {
        "attendee": register_form.attendee_of(values, zone=zone, locale=locale),
        "disclosure_version": course.disclosure.version if course.disclosure else None,
        **({"prerequisites": shown} if shown else {}),
    }


def _refused(found: Behind, values: dict[str, str], key: str, answer: Answer) -> Form:
    if answer.slug == "disclosure-outdated":
        values.pop("disclosure", None)
    prerequisites = found.course.prerequisites
    faults = refusals.faults_in(answer.slug, answer.body, values, prerequisites)
    notice = "not-allowed" if answer.status == 403 else _REFUSED.get(answer.slug, "refused")
    kept = key if notice == "busy" else new_key()
    return Form(values, kept, faults, "" if faults else notice, status=answer.status)


def _page(
    request: Request,
    pages: Pages,
    token: str,
    found: Behind,
    asked: dict[str, Any],
    form: Form,
) -> Response:
    shown: dict[str, Any] = {
        "token": token,
        "course": found.course,
        "zone": found.zone,
        "starts_at": found.first_start,
        "tongues": pages.tongues(),
        **asked,
        "form": form,
    }
    headers = {"Retry-After": "30"} if form.status == 503 else None
    return pages.page(
        request, "substitute.html", form.status, personal=True, headers=headers, **shown
    )
