"""One certificate at the console: its file, and what staff do with it, which certificates says what
it means before it is done."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter, Request, Response

from services.web.api.common import PagesDep, key_of, see
from services.web.api.console_page import (
    DeskDep,
    PeopleDep,
    RunsDep,
    answered,
    away,
    keyed,
    note,
    once_more,
    show,
)
from services.web.api.missing import missing
from services.web.api.signed_in import Signed, TheirFormDep
from services.web.owners import Away, or_none, segment
from services.web.render import PERSONAL, Pages
from services.web.staff import Desk
from shared.runtime.edge import EdgeDep

router = APIRouter(include_in_schema=False)
_ONE = "/console/certificates/{certificate_id}"
DEEDS = ("revoke", "supersede", "keep")
# No policy of a page's: with one, browsers may not show a file in their own viewer.
_FILE = PERSONAL | {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Disposition": 'inline; filename="certificate.pdf"',
}


@router.get("/console/certificates/find")
async def find(request: Request, pages: PagesDep, signed: PeopleDep, desk: DeskDep) -> Response:
    """By the number or the code that is printed on it: whose it is, and all there is to do."""
    printed = request.query_params.get("printed", "").strip()[:200]
    path = f"/certificates/v1/certificates?printed={segment(printed)}"
    found = await or_none(desk.ask("certificates", path)) if printed else None
    if printed and found is None:
        return away(request, pages, signed, "certificates", "certificates")
    items = (found.body.get("items") if found and found.ok else None) or ()
    if items:
        one = segment(str(items[0]["registration_id"]))
        return see(f"/console/registrations/{one}#certificates", personal=True)
    unsearched = found is not None and not found.searched
    return show(
        request, pages, signed, "certificates", "certificate_find.html",
        printed=printed, unsearched=unsearched,
    )  # fmt: skip


@router.get(_ONE + ".pdf")
async def pdf(
    certificate_id: str,
    request: Request,
    pages: PagesDep,
    signed: PeopleDep,
    desk: DeskDep,
    edge: EdgeDep,
) -> Response:
    """The file, as its holder has it; a link cannot send who is asking to certificates."""
    path = f"/certificates/v1/certificates/{segment(certificate_id)}.pdf"
    try:
        file = await desk.file("certificates", path)
    except Away:
        return away(request, pages, signed, "certificates", "certificates")
    if file is None:
        return missing(request, pages)
    await note(edge, "console.certificate-read", certificate_id)
    return Response(file, media_type="application/pdf", headers=_FILE)


@router.get(_ONE + "/{deed}")
async def preview(
    certificate_id: str,
    deed: str,
    request: Request,
    pages: PagesDep,
    signed: RunsDep,
    desk: DeskDep,
) -> Response:
    """What it would mean, before anything is done."""
    return await _preview(request, pages, signed, desk, certificate_id, deed, {}, "")


@router.post(_ONE + "/{deed}")
async def done(
    certificate_id: str,
    deed: str,
    form: TheirFormDep,
    request: Request,
    pages: PagesDep,
    signed: RunsDep,
    desk: DeskDep,
) -> Response:
    """Do it, with a reason; a corrected name is of one that takes its place."""
    if deed not in DEEDS:
        return missing(request, pages)
    place = (request, pages, signed, desk, certificate_id, deed)
    reason, name = form.get("reason", "").strip(), form.get("name", "").strip()
    if not reason:
        return await _preview(*place, form, "Say why, please.", 422)
    body = {"reason": reason} | ({"name": name} if deed == "supersede" and name else {})
    path = f"/certificates/v1/certificates/{segment(certificate_id)}/{deed}"
    try:
        told = await desk.act("certificates", path, body, key=key_of(form))
    except Away:
        return once_more(request, pages, signed, "certificates", "certificates", form)
    if not told.ok:
        wrong = told.detail or "Certificates refused it."
        return await _preview(*place, answered(form), wrong, told.status)
    one = segment(str(told.body.get("registration_id")))
    return see(f"/console/registrations/{one}#certificates", personal=True)


async def _preview(
    request: Request,
    pages: Pages,
    signed: Signed,
    desk: Desk,
    certificate_id: str,
    deed: str,
    form: Mapping[str, str],
    wrong: str,
    status: int = 200,
) -> Response:
    if deed not in DEEDS:
        return missing(request, pages)
    path = f"/certificates/v1/certificates/{segment(certificate_id)}/acts"
    told = await or_none(desk.ask("certificates", path))
    if told is None:
        return away(request, pages, signed, "certificates", "certificates")
    if not told.ok:
        return missing(request, pages)
    return show(
        request,
        pages,
        signed,
        "certificates",
        "certificate_act.html",
        status,
        deed=deed,
        told=told.body,
        it=told.body["certificate"],
        wrong=wrong,
        form=form,
        **keyed(form),
    )
