"""Partners as operators describe them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, Field, StringConstraints

from services.partners.api.keys import MakerDep
from services.partners.commands import partners as commands
from services.partners.models import Partner
from shared.dates import rfc3339
from shared.errors import Forbidden, NotFound
from shared.runtime.asking import PAGE, After, Limit, PartnerDep, PathId
from shared.runtime.auth import needs_scope
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep, OptionalOnce, ReaderDep
from shared.runtime.problems import problems
from shared.runtime.rows import where

router = APIRouter(route_class=Direct)
Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]


class PartnerBody(BaseModel):
    """`types` and `fields` are allow-lists: what is not named is not seen."""

    name: Name
    courses: list[Name] = Field(default=[], max_length=1000)
    types: list[Name] = Field(default=[], max_length=200)
    fields: list[Name] = Field(default=[], max_length=200)


@router.put(
    "/partners/v1/partners/{partner_id}",
    dependencies=[Depends(needs_scope("operator"))],
    responses={201: {"description": "It is new; its key"}, **problems(401, 403, 409)},
)
async def describe(
    partner_id: PathId, body: PartnerBody, edge: EdgeDep, maker: MakerDep, once: OptionalOnce
) -> Response:
    """201 with the partner's key, shown once; 200 without it when the partner is known."""
    command = commands.Describe(
        partner_id,
        body.name,
        tuple(dict.fromkeys(body.courses)),
        tuple(dict.fromkeys(body.types)),
        tuple(dict.fromkeys(body.fields)),
        maker.hash_of,
    )
    made = await edge.run(commands.describe_partner, command, once=once, answer=_answer)
    return maker.shown(made)


@router.get(
    "/partners/v1/partners",
    dependencies=[Depends(needs_scope("operator"))],
    responses=problems(401, 403),
)
async def list_partners(
    reader: ReaderDep,
    limit: Limit = PAGE,
    after: After = None,
) -> dict[str, Any]:
    """All partners by id."""
    found, last = await reader.page(where(Partner, after=after, limit=limit))
    return {"items": [_shown(row) for row in found], "next": last.partner_id if last else None}


@router.get("/partners/v1/partners/{partner_id}", responses=problems(401, 403, 404))
async def show(partner_id: PathId, caller: PartnerDep, reader: ReaderDep) -> dict[str, Any]:
    """A partner, to operators and to itself."""
    if not caller.may(f"partner:{partner_id}"):
        raise Forbidden("partner-another", "This key belongs to another partner.")
    row = await reader.get(Partner, partner_id)
    if row is None:
        raise NotFound("partner-unknown", "There is no partner with this id.")
    return _shown(row)


def _answer(done: commands.Described) -> tuple[int, dict[str, Any]]:
    if done.key is None:
        return 200, _shown(done.partner)
    return 201, {**_shown(done.partner), "key_id": done.key.key_id}


def _shown(row: Partner) -> dict[str, Any]:
    return {
        "partner_id": row.partner_id,
        "name": row.name,
        "courses": row.courses,
        "former_courses": row.former,
        "types": row.types,
        "fields": row.fields,
        "version": row.version,
        "created_at": rfc3339(row.created_at),
        "updated_at": rfc3339(row.updated_at),
    }
