"""What partners send in: registrations and attendance from their own systems."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from services.partners.api.mappings import document_of
from services.partners.commands import inbound as commands
from services.partners.commands.intakes import limits_of, versions_of
from services.partners.domain.inbound import MOST
from services.partners.domain.quota import Limits, TooManyRequests
from services.partners.domain.signed import ID, SIGNATURE, TIMESTAMP, check_signed
from services.partners.models import Intake
from services.partners.secrets import InboundSecrets
from shared.errors import Forbidden, Invalid, fault
from shared.runtime.asking import PartnerDep
from shared.runtime.caller import Caller
from shared.runtime.clock import wall
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep, ReaderDep, RequiredOnce
from shared.runtime.problems import problems
from shared.runtime.rate_limit import RateLimit

router = APIRouter(route_class=Direct)


class InboundBody(BaseModel):
    """Lines are read one by one, so that a bad one spoils no other.

    `partner_id` is for an operator's key; a partner's own key says who it is.
    """

    items: list[dict[str, Any]] = Field(max_length=MOST)
    partner_id: str | None = Field(None, max_length=63, pattern=r"^[^\x00]*$")


async def signed(
    request: Request, caller: PartnerDep, edge: EdgeDep, reader: ReaderDep
) -> Intake | None:
    """FastAPI dependency: how this partner's lines are to be, its request being signed as they
    must, and none too many. None for an operator, who has another key than partners, signs nothing
    and is not counted."""
    if caller.operator or caller.partner is None:
        return None
    intake = await reader.get(Intake, caller.partner) or Intake(partner_id=caller.partner)
    secrets: InboundSecrets = request.app.state.inbound_secrets
    good = versions_of(intake).good(edge.now())
    check_signed(
        request.headers,
        await request.body(),
        [secrets.of(caller.partner, version) for version in good],
        wall().timestamp(),
        key=request.headers.get("idempotency-key", ""),
        required=intake.signed,
    )
    _pace(request.app.state.inbound_pace, intake, request.app.state.inbound_limits)
    return intake


def _pace(pace: RateLimit, intake: Intake, usual: Limits) -> None:
    """Only what is signed well counts: else whoever has the key could use up the partner's room."""
    most = limits_of(intake, usual).requests_a_minute
    if not pace.allows(intake.partner_id, monotonic(), most):
        raise TooManyRequests(
            f"At most {most} requests a minute: send up to {MOST} lines in each.",
            limit=most,
            retry_after=pace.wait(intake.partner_id, monotonic(), most) or 1,
        )


SignedDep = Annotated[Intake | None, Depends(signed)]


def _header(name: str, description: str) -> dict[str, Any]:
    said = {"in": "header", "required": False, "schema": {"type": "string"}}
    return {"name": name, **said, "description": description}


_HEADERS = [
    _header(ID, "Of a signed request: its Idempotency-Key."),
    _header(TIMESTAMP, "When it is sent, in whole seconds since 1970."),
    _header(SIGNATURE, "`v1,` and the HMAC-SHA256 of id, timestamp and body, in base64."),
]


@router.post(
    "/partners/v1/inbound",
    responses=problems(401, 403, 404, 409, 429),
    openapi_extra={"parameters": _HEADERS},
)
async def submit(
    request: Request,
    body: InboundBody,
    caller: PartnerDep,
    intake: SignedDep,
    edge: EdgeDep,
    reader: ReaderDep,
    once: RequiredOnce,
) -> Response:
    """One result a line: accepted, duplicate, or refused with the reason.

    A request may be signed, and has to be where the partner is set so: the headers `webhook-id`
    (the Idempotency-Key), `webhook-timestamp` and `webhook-signature` of Standard Webhooks.
    """
    partner_id = _partner(body, caller)
    quota = None
    if intake is not None:
        usual: Limits = request.app.state.inbound_limits
        quota = commands.Quota(limits_of(intake, usual).items_a_day, wall())
    intake = intake or await reader.get(Intake, partner_id)
    document = await document_of(reader, intake)
    if document is None:
        lines = commands.lines_of(body.items, None)
    else:
        lines = await asyncio.to_thread(commands.lines_of, body.items, document)
    command = commands.Submit(partner_id, lines, quota)
    return await edge.run(commands.submit, command, once=once, answer=_answer)


def _partner(body: InboundBody, caller: Caller) -> str:
    if caller.operator:
        if body.partner_id is None:
            missing = fault("/partner_id", "An operator's key needs to say for which partner.")
            raise Invalid("partner-missing", "Name the partner.", errors=[missing])
        return body.partner_id
    own = caller.partner or ""
    if body.partner_id not in (None, own):
        raise Forbidden("partner-another", "This key belongs to another partner.")
    return own


def _answer(lines: list[commands.Line]) -> tuple[int, dict[str, Any]]:
    return 200, {"results": [_shown(line) for line in lines]}


def _shown(line: commands.Line) -> dict[str, Any]:
    told: dict[str, Any] = {"id": line.id, "status": line.status}
    if line.detail:
        told["detail"] = line.detail
    if line.faults:
        told["pointer"] = line.faults[0].pointer
        told["errors"] = [{"pointer": where, "detail": what} for where, what in line.faults]
    return told
