"""Links: mailed to the address they belong to, whether it is known or not; made anew by staff."""

from __future__ import annotations

from time import monotonic
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from services.registration.api.answers import Renewed
from services.registration.api.bodies import LinksBody, RenewBody
from services.registration.commands.links import MailLinks, Renew, mail_links, renew
from services.registration.domain.same_person import email_key
from services.registration.models import Registration
from shared.runtime.asking import OperatorDep, PathId, PlatformSecretDep
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep, OptionalOnce, RequiredOnce
from shared.runtime.problems import problems
from shared.runtime.rate_limit import RateLimit
from shared.runtime.tokens import PERSONAL, digest_of, mint

router = APIRouter(tags=["links"], route_class=Direct)
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


@router.post(
    "/registration/v1/registrations/{registration_id}/links/renew",
    responses={200: {"model": Renewed}, **problems(401, 403, 404, 409)},
)
async def post_renew(
    registration_id: PathId,
    caller: OperatorDep,
    edge: EdgeDep,
    once: RequiredOnce,
    secret: PlatformSecretDep,
    body: RenewBody | None = None,
) -> Response:
    """Let all links of a registration be dead, and mail new ones: somebody forwarded a mail."""
    reason = body.reason if body else ""

    def answer(row: Registration) -> tuple[int, Any]:
        token = mint(secret, PERSONAL, row.registration_id, row.token_version)
        return 200, {"registration_id": row.registration_id, "token": token}

    return await edge.run(renew, Renew(registration_id, caller, reason), once=once, answer=answer)
