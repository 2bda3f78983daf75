"""Erasing somebody: what goes and what stays is shown before, and nothing brings it back."""

from __future__ import annotations

import re
from collections.abc import Mapping

from fastapi import APIRouter, Request, Response

from services.web.api.common import PagesDep, key_of, new_key, see
from services.web.api.console_page import DeskDep, SystemDep, once_more, show
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
    place = (request, pages, signed, desk, person_id, form)
    reason = "-".join(form.get("reason", "").lower().split())
    if not _REASON.fullmatch(reason) or len(reason) > 60:
        said = "The reason is a word or some, letters and digits, and no name: it stays."
        return await _preview(*place, said, 422)
    if form.get("typed", "").strip().lower() != "erase":
        return await _preview(*place, "Type “erase” to mean it. Nobody was erased.", 422)
    path = f"/registration/v1/people/{segment(person_id)}/erase"
    try:
        done = await desk.act("registration", path, {"reason": reason}, key=key_of(form))
    except Away:
        said = "Registration did not answer. Send it again: it counts once."
        return await _preview(*place, said, 503)
    if not done.ok:
        return await _preview(*place, done.detail or "Registration refused it.", done.status)
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
    if status == 503 and not (known and known.ok):
        look = (f"/console/people/{segment(person_id)}", "the person")
        return once_more(request, pages, signed, "people", "registration", form, look=look)
    if known is None:
        return show(request, pages, signed, "people", "away.html", owner="registration")
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
        # After a refusal another try is another request: what holds it up may be gone by then.
        key=(form.get("key") if status in (422, 503) else "") or new_key(),
    )
