"""A partner's mapping: operators put it, the partner sees it, and both can try what it does."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from services.partners.api.endpoints import OwnDep
from services.partners.api.intakes import BY_OPERATORS
from services.partners.commands import mappings as commands
from services.partners.domain.inbound import MOST
from services.partners.domain.mapping_document import read_mapping
from services.partners.domain.places import worded
from services.partners.models import Intake, MappingVersion, Partner
from shared.dates import rfc3339
from shared.errors import NotFound, TooMany
from shared.runtime.asking import PathId
from shared.runtime.database import Reader
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep, ReaderDep
from shared.runtime.problems import problems
from shared.runtime.rate_limit import RateLimit

router = APIRouter(prefix="/partners/v1/partners/{partner_id}/inbound/mapping", route_class=Direct)
Document = Annotated[dict[str, Any], Field(description="docs/integrators.md, Mapping")]


class MappingBody(BaseModel):
    """How the partner's items become lines of ours."""

    mapping: Document


class TrialBody(BaseModel):
    """Items as the partner would send them; without `mapping`, by the one that it has."""

    items: list[dict[str, Any]] = Field(max_length=MOST)
    mapping: Document | None = None


@router.get("", responses=problems(401, 403, 404))
async def show_mapping(partner_id: PathId, _caller: OwnDep, reader: ReaderDep) -> dict[str, Any]:
    """The one by which its lines are read."""
    intake = await reader.get(Intake, partner_id)
    row = await mapping_row(reader, intake)
    if row is None:
        raise NotFound("mapping-unknown", "This partner has no mapping: lines are taken as ours.")
    return _shown(commands.Standing(intake or Intake(partner_id=partner_id), row))


@router.put("", dependencies=BY_OPERATORS, responses=problems(401, 403, 404, 409))
async def put_mapping(partner_id: PathId, body: MappingBody, edge: EdgeDep) -> Response:
    """Its lines are read by it from the next request on. 422 with all that is wrong at once."""
    read_mapping(body.mapping)
    command = commands.Put(partner_id, body.mapping)
    return await edge.run(commands.put_mapping, command, answer=lambda done: (200, _shown(done)))


@router.delete("", dependencies=BY_OPERATORS, responses=problems(401, 403, 404, 409))
async def drop_mapping(partner_id: PathId, edge: EdgeDep) -> Response:
    """Its lines are taken as they come, as lines of ours."""
    command = commands.Put(partner_id, None)
    return await edge.run(commands.put_mapping, command, answer=lambda done: (200, _shown(done)))


@router.post("/try", responses=problems(401, 403, 404, 429))
async def try_mapping(
    request: Request,
    partner_id: PathId,
    body: TrialBody,
    caller: OwnDep,
    edge: EdgeDep,
    reader: ReaderDep,
) -> Response:
    """What each item would become, or why it would be refused; nothing is taken, nothing kept."""
    pace: RateLimit = request.app.state.trials_pace
    if not caller.operator and not pace.allows(partner_id, monotonic()):
        wait = pace.wait(partner_id, monotonic()) or 1
        raise TooMany("mapping-tries-too-many", "Try less often.", retry_after=wait)
    partner = await reader.get(Partner, partner_id)
    if partner is None:
        raise NotFound("partner-unknown", "There is no partner with this id.")
    document = body.mapping
    if document is None:
        document = await document_of(reader, await reader.get(Intake, partner_id))
    found = await asyncio.to_thread(commands.try_items, partner, body.items, document, edge.now())
    return JSONResponse({"results": [_tried(one) for one in found]})


async def mapping_row(reader: Reader, intake: Intake | None) -> MappingVersion | None:
    """The mapping in force; None where lines are taken as they come."""
    if intake is None or not intake.mapped:
        return None
    return await reader.get(MappingVersion, (intake.partner_id, intake.mapping_version))


async def document_of(reader: Reader, intake: Intake | None) -> dict[str, Any] | None:
    """The same, as it was put."""
    row = await mapping_row(reader, intake)
    return row.document if row is not None else None


def _tried(one: commands.Trial) -> dict[str, Any]:
    if not one.faults:
        return {"status": "taken", "line": one.line}
    errors = [{"pointer": pointer, "detail": detail} for pointer, detail in one.faults]
    return {
        "status": "refused",
        "detail": worded(one.faults),
        "pointer": errors[0]["pointer"],
        "errors": errors,
    }


def _shown(done: commands.Standing) -> dict[str, Any]:
    row = done.mapping
    return {
        "partner_id": done.intake.partner_id,
        "mapped": row is not None,
        "version": row.version if row else done.intake.mapping_version,
        "mapping": row.document if row else None,
        "created_at": rfc3339(row.created_at) if row else None,
    }
