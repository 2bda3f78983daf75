"""Lost links: mailed to the address they belong to, whether it is known or not."""

from __future__ import annotations

from time import monotonic
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from services.registration.api.bodies import LinksBody
from services.registration.commands.people import MailLinks, mail_links
from services.registration.domain.same_person import email_key
from shared.runtime.edge import EdgeDep, OptionalOnce
from shared.runtime.problems import problems
from shared.runtime.rate_limit import RateLimit
from shared.runtime.tokens import digest_of

router = APIRouter(tags=["links"])
ANSWER = {"status": "accepted"}


@router.post("/registration/v1/links", status_code=202, responses=problems(401, 409))
async def post_links(
    body: LinksBody, request: Request, edge: EdgeDep, once: OptionalOnce
) -> Response:
    """Mail what belongs to an address: the same answer whether anything does."""
    limit: RateLimit = request.app.state.links_limit
    if not limit.allows(digest_of(email_key(body.email)), monotonic()):
        return JSONResponse(ANSWER, 202)

    def answer(_done: Any) -> tuple[int, Any]:
        return 202, ANSWER

    return await edge.run(mail_links, MailLinks(body.email), once=once, answer=answer)
