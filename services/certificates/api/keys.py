"""Signing keys, for operators: which there are, and another in the place of one."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from fastapi import APIRouter, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from services.certificates.api.shown import OfficeDep
from services.certificates.commands import keys
from services.certificates.domain.keys import rotates_at
from services.certificates.models import SigningKey
from services.certificates.signing import new_key
from shared.dates import rfc3339
from shared.errors import NotFound
from shared.runtime.asking import OperatorDep
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep, ReaderDep, RequiredOnce
from shared.runtime.problems import problems
from shared.runtime.rows import where

router = APIRouter(tags=["keys and status"], route_class=Direct)
# One that has keys goes on to have them replaced, whatever courses say by now: they may leak.
_SPONSORS = """
SELECT 1 FROM signing_keys WHERE issuer = $1
UNION ALL SELECT 1 FROM courses WHERE document -> 'joint_sponsor' ->> 'partner_id' = $1 LIMIT 1
"""


class RotateBody(BaseModel):
    """`key_id` is the key to retire, the active one where it is not named. `issuer` is the body
    whose it is (a partner's id), the provider where none is named; where that body has none, its
    first is made. `compromised_at`: since when somebody else may have it; everything it signed
    since is made again."""

    model_config = ConfigDict(extra="forbid")
    key_id: str | None = Field(None, min_length=1, max_length=300, pattern=r"^[^\x00]+$")
    compromised_at: AwareDatetime | None = None
    issuer: str = Field("", max_length=63, pattern=r"^([a-z0-9]+(-[a-z0-9]+)*)?$")

    @model_validator(mode="after")
    def _one(self) -> RotateBody:
        if self.key_id and self.issuer:
            raise ValueError("a key says whose it is: give either key_id or issuer")
        return self


class IssuerUnknown(NotFound):
    """No course names that body as its joint sponsor, so no certificate would ever be its own."""

    slug = "issuer-unknown"


@router.get("/certificates/v1/keys", responses=problems(401, 403))
async def show(_caller: OperatorDep, reader: ReaderDep, office: OfficeDep) -> dict[str, Any]:
    """Every key that ever signed, newest first; the private halves are nowhere to be read."""
    known = await reader.find(where(SigningKey, order=("-created_at",)))
    return {"items": [key_body(one, office.key_days) for one in known]}


@router.post(
    "/certificates/v1/keys:rotate",
    status_code=201,
    responses={
        200: {"description": "It was retired before; that it leaked is noted"},
        **problems(400, 401, 403, 404, 409, 422),
    },
)
async def rotate(
    body: RotateBody,
    _caller: OperatorDep,
    reader: ReaderDep,
    edge: EdgeDep,
    office: OfficeDep,
    once: RequiredOnce,
) -> Response:
    """Another key signs from now on. What was signed before is still verified by its own key."""
    if body.issuer and not await reader.fetch(_SPONSORS, body.issuer):
        raise IssuerUnknown(
            f"No course names {body.issuer} as its joint sponsor (joint_sponsor.partner_id)."
        )
    command = keys.Rotate(
        office,
        partial(new_key, office.secret),
        body.key_id,
        body.compromised_at,
        body.issuer,
    )

    def answer(done: keys.Rotated) -> tuple[int, Any]:
        shown = {
            "made": key_body(done.made, office.key_days) if done.made else None,
            "retired": key_body(done.key, office.key_days) if done.key else None,
        }
        return (201 if done.made else 200), shown

    return await edge.run(keys.rotate, command, once=once, answer=answer)


def key_body(key: SigningKey, days: int) -> dict[str, Any]:
    """`rotates_at`: when another takes its place by itself; null where that is not foreseen."""
    at = rotates_at(key.created_at, days) if key.state == "active" else None
    return {
        "key_id": key.key_id,
        "issuer": key.issuer or None,
        "state": key.state,
        "created_at": rfc3339(key.created_at),
        "retired_at": _instant(key.retired_at),
        "compromised_at": _instant(key.compromised_at),
        "rotates_at": _instant(at),
        "public": key.public,
    }


def _instant(at: datetime | None) -> str | None:
    return rfc3339(at) if at else None
