"""Partners for staff: what each may see, where it is told, and how those places fare."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from services.web.api.common import PagesDep, key_of, new_key, see
from services.web.api.console_page import DeskDep, SystemDep, away, once_more, show
from services.web.api.signed_in import Signed, TheirFormDep
from services.web.owners import Away, segment, together
from services.web.render import Pages
from services.web.staff import Desk

router = APIRouter(include_in_schema=False)
MOST = 100  # partners on the page


@router.get("/console/partners")
async def partners(request: Request, pages: PagesDep, signed: SystemDep, desk: DeskDep) -> Response:
    """All partners with their endpoints."""
    return await _partners(request, pages, signed, desk)


@router.post("/console/partners/{partner_id}/endpoints/{endpoint_id}/enable")
async def enable(
    partner_id: str,
    endpoint_id: str,
    form: TheirFormDep,
    request: Request,
    pages: PagesDep,
    signed: SystemDep,
    desk: DeskDep,
) -> Response:
    """Tell an endpoint again, from where it stood."""
    there = f"{segment(partner_id)}/endpoints/{segment(endpoint_id)}"
    place = (request, pages, signed, desk)
    try:
        done = await desk.act(
            "partners", f"/partners/v1/partners/{there}/enable", {}, key=key_of(form)
        )
    except Away:  # the page that has the button is theirs too
        look = ("/console/partners", "all partners and their endpoints")
        return once_more(request, pages, signed, "partners", "partners", form, look=look)
    if not done.ok:
        return await _partners(*place, done.detail or "It was refused.", done.status)
    return see("/console/partners", personal=True)


async def _partners(
    request: Request, pages: Pages, signed: Signed, desk: Desk, wrong: str = "", status: int = 200
) -> Response:
    try:
        listed = await desk.all_of("partners", "/partners/v1/partners", MOST)
    except Away:
        return away(request, pages, signed, "partners", "partners")
    paths = [
        f"/partners/v1/partners/{segment(str(one['partner_id']))}/endpoints" for one in listed.items
    ]
    answers = await together(*(desk.ask("partners", path) for path in paths))
    places = [got.body.get("items") if got and got.ok else None for got in answers]
    return show(
        request,
        pages,
        signed,
        "partners",
        "partners.html",
        status,
        partners=list(zip(listed.items, places, strict=True)),
        more=listed.more,
        wrong=wrong,
        new_key=new_key,
    )
