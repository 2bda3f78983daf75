"""How what a partner sends in is to be. Operators say so; the partner sees it, but its secret.

A partner does not make its own secret: whoever has its key could, and the secret is there for the
day on which somebody else has the key.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from services.partners.api.endpoints import OwnDep
from services.partners.commands import intakes as commands
from services.partners.domain.quota import Limits, today
from services.partners.models import Intake, Partner
from services.partners.secrets import InboundSecrets
from shared.dates import rfc3339
from shared.errors import NotFound
from shared.runtime.asking import PathId
from shared.runtime.auth import needs_scope
from shared.runtime.clock import wall
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep, OptionalOnce, ReaderDep
from shared.runtime.problems import problems

router = APIRouter(prefix="/partners/v1/partners/{partner_id}/inbound", route_class=Direct)
BY_OPERATORS = [Depends(needs_scope("operator"))]
Most = Annotated[int | None, Field(ge=1, le=10_000_000)]


class IntakeChange(BaseModel):
    """What is not named stays as it is. `signed`: a request that is not signed is refused. Limits:
    null is what holds for all partners of which nothing else was said."""

    signed: bool = False
    items_a_day: Most = None
    requests_a_minute: Most = None


async def usual_of(request: Request) -> Limits:
    """FastAPI dependency: what holds where nothing was said of a partner."""
    usual: Limits = request.app.state.inbound_limits
    return usual


UsualDep = Annotated[Limits, Depends(usual_of)]


@router.get("", responses=problems(401, 403, 404))
async def show_intake(
    partner_id: PathId, _caller: OwnDep, reader: ReaderDep, usual: UsualDep
) -> dict[str, Any]:
    """How what it sends in is to be, and how much came today; never its secret."""
    if await reader.get(Partner, partner_id) is None:
        raise NotFound("partner-unknown", "There is no partner with this id.")
    return shown(await reader.get(Intake, partner_id) or Intake(partner_id=partner_id), usual)


@router.patch("", dependencies=BY_OPERATORS, responses=problems(401, 403, 404, 409))
async def change_intake(
    partner_id: PathId, body: IntakeChange, edge: EdgeDep, usual: UsualDep
) -> Response:
    """As described from the next request on."""
    command = commands.Configure(partner_id, body.model_dump(exclude_unset=True))
    return await edge.run(commands.configure, command, answer=lambda row: (200, shown(row, usual)))


@router.post("/secret", dependencies=BY_OPERATORS, responses=problems(401, 403, 404, 409))
async def make_secret(
    partner_id: PathId, request: Request, edge: EdgeDep, once: OptionalOnce, usual: UsualDep
) -> Response:
    """A secret to sign with, shown once; a former one stays good for 24 hours beside it."""
    secrets: InboundSecrets = request.app.state.inbound_secrets
    command = commands.Rotate(partner_id)
    made = await edge.run(
        commands.rotate_secret, command, once=once, answer=lambda row: (200, shown(row, usual))
    )
    return secrets.shown(made)


def shown(row: Intake, usual: Limits) -> dict[str, Any]:
    """As its partner and operators see it."""
    limits = commands.limits_of(row, usual)
    return {
        "partner_id": row.partner_id,
        "signed": row.signed,
        "secret_version": row.secret_version,
        "former_secret_until": rfc3339(row.former_until) if row.former_until else None,
        "mapping_version": row.mapping_version if row.mapped else None,
        "items_a_day": limits.items_a_day,
        "requests_a_minute": limits.requests_a_minute,
        "items_today": today(commands.counted(row), wall()).items,
        "version": row.version,
        "updated_at": rfc3339(row.updated_at) if row.updated_at else None,
    }
