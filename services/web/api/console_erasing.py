"""Erasing somebody: what goes and what stays is shown before, and nothing brings it back."""

from __future__ import annotations

import re
from collections.abc import Mapping

from fastapi import APIRouter, Request, Response

from services.web.api.common import PagesDep, key_of, see
from services.web.api.console_page import DeskDep, SystemDep, answered, away, keyed, once_more, show
from services.web.api.missing import missing
from services.web.api.signed_in import Signed, TheirFormDep
from services.web.owners import Away, or_none, segment
from services.web.render import Pages
from services.web.staff import Desk

router = APIRouter(include_in_schema=False)
_PATH = "/console/people/{person_id}/erase"
_REASON = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")  # it stays, so it names nobody


@router.get(_PATH)
async def preview(
    person_id: str, request: Request, pages: PagesDep, signed: SystemDep, desk: DeskDep
) -> Response:
    """Who it is, what they are registered for, what would stay."""
    return await _preview(request, pages, signed, desk, person_id, {}, "")


@router.post(_PATH)
async def erase(
    person_id: str,
    form: TheirFormDep,
    request: Request,
    pages: PagesDep,
    signed: SystemDep,
    desk: DeskDep,
) -> Response:
    """Erase them, once the reason is said and the word is typed."""
    place = (request, pages, signed, desk, person_id)
    reason = "-".join(form.get("reason", "").lower().split())
    if not _REASON.fullmatch(reason) or len(reason) > 60:
        said = "The reason is a word or some, letters and digits, and no name: it stays."
        return await _preview(*place, form, said, 422)
    if form.get("typed", "").strip().lower() != "erase":
        return await _preview(*place, form, "Type “erase” to mean it.", 422)
    path = f"/registration/v1/people/{segment(person_id)}/erase"
    try:
        done = await desk.act("registration", path, {"reason": reason}, key=key_of(form))
    except Away:
        look = (f"/console/people/{segment(person_id)}", "the person")
        return once_more(request, pages, signed, "people", "registration", form, look=look)
    if not done.ok:
        wrong = done.detail or "Registration refused it."
        return await _preview(*place, answered(form), wrong, done.status)
    return see("/console/people?erased=1", personal=True)


async def _preview(
    request: Request,
    pages: Pages,
    signed: Signed,
    desk: Desk,
    person_id: str,
    form: Mapping[str, str],
    wrong: str,
    status: int = 200,
) -> Response:
    known = await or_none(desk.ask("registration", f"/registration/v1/people/{segment(person_id)}"))
    if known is None:
        return away(request, pages, signed, "people", "registration")
    if not known.ok:
        return missing(request, pages)
    return show(
        request,
        pages,
        signed,
        "people",
        "person_erase.html",
        status,
        person=known.body,
        wrong=wrong,
        form=form,
        **keyed(form),
    )
