"""One person for staff: as recorded, with all registrations, and who was found to be the same."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from services.web.api.common import PagesDep
from services.web.api.console_page import DeskDep, PeopleDep, away, show
from services.web.api.console_paths import person_path
from services.web.api.missing import missing
from services.web.owners import or_none, together

router = APIRouter(include_in_schema=False)
_MOST = 20  # others who were merged into them that are shown by name


@router.get("/console/people/{person_id}")
async def person(
    person_id: str, request: Request, pages: PagesDep, signed: PeopleDep, desk: DeskDep
) -> Response:
    """The person; that they were read is audited by registration."""
    known = await or_none(desk.ask("registration", person_path(person_id)))
    if known is None:
        return away(request, pages, signed, "people", "registration")
    if not known.ok:
        return missing(request, pages)
    merged = [str(one) for one in known.body.get("merged") or ()]
    told = await together(*(desk.ask("registration", person_path(one)) for one in merged[:_MOST]))
    return show(
        request,
        pages,
        signed,
        "people",
        "person.html",
        person=known.body,
        merged=[
            (one, dict(said.body) if said and said.ok else None)
            for one, said in zip(merged[:_MOST], told, strict=True)
        ],
        more=max(0, len(merged) - _MOST),
        done=request.query_params.get("done", ""),
    )
