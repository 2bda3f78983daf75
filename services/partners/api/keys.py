"""API keys: made, listed and revoked by operators."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from services.partners.commands import keys as commands
from services.partners.models import IssuedKey
from services.partners.secrets import KeyMaker
from shared.contracts.event import Instant
from shared.dates import rfc3339
from shared.runtime.asking import PAGE, After, Limit, PathId
from shared.runtime.auth import needs_scope
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep, ReaderDep, RequiredOnce
from shared.runtime.problems import problems
from shared.runtime.rows import where

router = APIRouter(dependencies=[Depends(needs_scope("operator"))], route_class=Direct)


class KeyBody(BaseModel):
    """What a new key shall open, and until when; without `expires_at`, until it is revoked."""

    scopes: list[str] = Field(max_length=10)
    label: str = Field("", max_length=200)
    expires_at: Instant | None = None


async def maker_of(request: Request) -> KeyMaker:
    """FastAPI dependency."""
    maker: KeyMaker = request.app.state.maker
    return maker


MakerDep = Annotated[KeyMaker, Depends(maker_of)]


@router.post("/partners/v1/keys", status_code=201, responses=problems(401, 403, 409))
async def issue(body: KeyBody, edge: EdgeDep, once: RequiredOnce, maker: MakerDep) -> Response:
    """A new key. It is in this answer only, and in its repetition with the same Idempotency-Key."""
    command = commands.Issue(tuple(body.scopes), body.label, body.expires_at, maker.hash_of)
    made = await edge.run(
        commands.issue_key, command, once=once, answer=lambda row: (201, shown(row))
    )
    return maker.shown(made)


@router.post("/partners/v1/keys/{key_id}/revoke", responses=problems(401, 403, 404, 409))
async def revoke(key_id: PathId, edge: EdgeDep, once: RequiredOnce) -> Response:
    """The key opens nothing any more, as soon as each service has heard of it."""
    return await edge.run(
        commands.revoke_key,
        commands.Revoke(key_id),
        once=once,
        answer=lambda row: (200, shown(row)),
    )


@router.get("/partners/v1/keys", responses=problems(401, 403))
async def list_keys(
    reader: ReaderDep,
    limit: Limit = PAGE,
    after: After = None,
) -> dict[str, Any]:
    """All keys in the order of their making, without what they are."""
    found, last = await reader.page(where(IssuedKey, after=after, limit=limit))
    return {"items": [shown(row) for row in found], "next": last.key_id if last else None}


def shown(row: IssuedKey) -> dict[str, Any]:
    """A key as anyone may see it who may see keys at all: not the key."""
    return {
        "key_id": row.key_id,
        "scopes": row.scopes,
        "partner_id": row.partner_id,
        "label": row.label,
        "issued_at": rfc3339(row.issued_at),
        "expires_at": rfc3339(row.expires_at) if row.expires_at else None,
        "revoked_at": rfc3339(row.revoked_at) if row.revoked_at else None,
    }
