"""A colleague comes instead: who it is, and what the owner says of it (domain.md §4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response

from services.web.api.asked import asked_of
from services.web.api.behind import Behind, behind, why_not
from services.web.api.common import (
    FormDep,
    OwnersDep,
    PagesDep,
    course_of,
    key_of,
    new_key,
    registration_of,
    see,
)
from services.web.api.failing import once_more, unread
from services.web.api.missing import missing
from services.web.api.register import unserved_in
from services.web.domain import mine, refusals, register_form, zones
from services.web.domain.register_form import Fault, Form
from services.web.owners import Answer, Owners, or_none, segment
from services.web.render import Pages
from shared.contracts.course import Course
from shared.languages import languages
from shared.runtime.asking import PlatformSecretDep
from shared.runtime.database import Reader
from shared.runtime.edge import EdgeDep, ReaderDep

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Seat:
    """Which seat is handed on, and by which link."""

    registration_id: str
    token: str


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
    values, key = register_form.values_of(form), key_of(form)
    if isinstance(found, str):
        seat = Seat(registration_of(secret, token) or "", token)
        done = (
            await _sent_before(owners, reader, seat, values, key) if found == "dead-link" else found
        )
        return _told(request, pages, form, values, done)
    asked = await asked_of(found.course, reader, edge.now())
    again = _first_look(found.course, values)
    if again is not None:
        return _page(request, pages, token, found, asked, again)
    answer = await or_none(
        _ask(owners, Seat(found.registration_id, token), found.course, values, key)
    )
    if answer is not None and answer.ok:
        return _done(request, pages, found.course, values)
    if answer is not None and answer.status not in (403, 409, 422) and why_not(answer):
        return missing(request, pages, why_not(answer))
    return _page(request, pages, token, found, asked, _refused(found, values, key, answer))


async def _sent_before(
    owners: Owners, reader: Reader, seat: Seat, values: dict[str, str], key: str
) -> Course | str:
    """By a dead link: their own form may have done it, its answer lost on the way. The same
    request, under its key, is answered as it was; any other finds the link dead."""
    course = await course_of(reader, values.get("course_id", ""))
    if course is None or _faults(course, values):
        return "dead-link"
    answer = await or_none(_ask(owners, seat, course, values, key))
    if answer is None or answer.slug == "idempotency-key-in-use":
        return "unheard"
    return course if answer.ok else "dead-link"


def _told(
    request: Request, pages: Pages, form: dict[str, str], values: dict[str, str], what: Course | str
) -> Response:
    """What is told where the registration itself cannot be read."""
    if not isinstance(what, str):
        return _done(request, pages, what, values)
    if what == "unheard":
        return once_more(request, pages, form, unheard=True)
    return unread(request, pages, form, what)


def _faults(course: Course, values: dict[str, str]) -> list[Fault]:
    return register_form.faults_of(
        values,
        disclosure=course.disclosure is not None,
        prerequisites=len(course.prerequisites),
    )


def _first_look(course: Course, values: dict[str, str]) -> Form | None:
    faults = _faults(course, values)
    if course.disclosure and values.get("disclosure_version") != course.disclosure.version:
        values.pop("disclosure", None)
        faults = [fault for fault in faults if fault.field != "disclosure"]
        faults.append(Fault("disclosure", "changed"))
    unserved = unserved_in(course, values)
    if unserved and values.get("unserved") != "accepted":
        faults.append(Fault("unserved", "missing"))
    return Form(values, new_key(), faults, unserved=unserved) if faults else None


async def _ask(
    owners: Owners, seat: Seat, course: Course, values: dict[str, str], key: str
) -> Answer:
    """The owner's call. Raises Away."""
    path = f"/registration/v1/registrations/{segment(seat.registration_id)}/substitute"
    zone = zones.known(values.get("zone"), course.zone) or "UTC"
    locale = values.get("locale", "")
    locale = locale if locale in languages() else languages()[0]
    shown = register_form.shown_of(values, len(course.prerequisites))
    body = {
        "attendee": register_form.attendee_of(values, zone=zone, locale=locale),
        "disclosure_version": values.get("disclosure_version") if course.disclosure else None,
        **({"prerequisites": shown} if shown else {}),
    }
    return await owners.act("registration", path, body, key=key, token=seat.token)


def _done(request: Request, pages: Pages, course: Course, values: dict[str, str]) -> Response:
    told: dict[str, Any] = {"name": values["name"], "email": values["email"]}
    return pages.page(request, "substituted.html", personal=True, course=course, **told)


def _refused(found: Behind, values: dict[str, str], key: str, answer: Answer | None) -> Form:
    if answer is None:
        # Whether it arrived is not known, so the key stays: pressed again, it counts once.
        return Form(values, key, [], "away", status=503)
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
