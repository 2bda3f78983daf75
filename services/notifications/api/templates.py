"""What a template looks like, with sample facts."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse

from services.notifications.api.sample_letters import sample_post
from services.notifications.envelope import letter_of, mail_of
from services.notifications.letters import names
from shared.dates import zone_of
from shared.runtime.asking import PathId
from shared.runtime.auth import needs_scope
from shared.runtime.problems import problems

router = APIRouter(dependencies=[Depends(needs_scope("operator"))])
Form = Literal["html", "text", "json", "eml"]


@router.get("/notifications/v1/templates", responses=problems(401, 403))
async def list_templates() -> dict[str, Any]:
    """The templates there are."""
    return {"items": [{"name": name} for name in sorted(names())], "next": None}


@router.get(
    "/notifications/v1/templates/{name}/preview",
    response_model=None,
    responses=problems(401, 403, 404, 422),
)
async def preview(
    name: PathId,
    request: Request,
    form: Annotated[Form, Query(alias="format")] = "html",
    zone: str | None = None,
    locale: str | None = None,
) -> Response | dict[str, Any]:
    """The letter about the sample course, for a learner in London, or in `zone`.

    `locale` (BCP 47) chooses the language and how dates and amounts are written.
    """
    case = sample_post(name, zone_of(zone).key if zone else None, locale)
    sender = request.app.state.sender
    if form == "eml":
        return Response(mail_of(case, sender).as_bytes(), media_type="message/rfc822")
    letter = letter_of(case, sender)
    if form == "text":
        return PlainTextResponse(letter.text)
    if form == "json":
        return {"subject": letter.subject, "text": letter.text, "html": letter.html}
    return HTMLResponse(letter.html)
