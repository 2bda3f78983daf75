"""Who registered at the platform: a list, so that participants are known by the platform's id."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request, Response

from services.attendance.api.bodies import Placed, from_csv, lines_of, schema_of
from services.attendance.api.words import ListBody, list_body
from services.attendance.commands import registrants
from shared.runtime.asking import PathId, PlatformDep
from shared.runtime.auth import needs_scope
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep
from shared.runtime.problems import problems

router = APIRouter(tags=["evidence"], route_class=Direct)


@router.put(
    "/attendance/v1/sessions/{course_id}/{session_id}/registrants",
    response_model=ListBody,
    dependencies=[Depends(needs_scope("platform"))],
    responses=problems(400, 401, 403, 404, 409, 422),
    openapi_extra=schema_of("registrants"),
)
async def enlist(
    course_id: PathId, session_id: PathId, request: Request, caller: PlatformDep, edge: EdgeDep
) -> Response:
    """Say whose registration each registrant is, as JSON or CSV; what is not named stays."""
    body = await lines_of(request, "registrants", _lines)
    asked = registrants.reading(course_id, session_id, body.lines, caller.name)
    return await edge.run(
        registrants.enlist, asked, answer=lambda r: (200, list_body(r, body.rows))
    )


def _lines(text: str) -> list[Placed]:
    return from_csv(text, "registrant_id", ("registration_id",))
