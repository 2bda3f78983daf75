"""Addresses that are not written to any more, known by their hash alone: for operators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, StringConstraints

from services.notifications.commands.recording import SUPPRESSED, address_hash
from services.notifications.commands.suppressions import (
    Lift,
    SuppressionUnknown,
    lift_suppression,
)
from services.notifications.models import Suppression
from shared.dates import parse_instant, rfc3339
from shared.runtime.asking import PAGE, After, Limit, OperatorDep, PathId
from shared.runtime.database import Reader
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep, ReaderDep, RequiredOnce
from shared.runtime.problems import problems

router = APIRouter(tags=["suppressions"], route_class=Direct)
_PAGE = """
SELECT * FROM suppressions
WHERE (at, address_hash) < (coalesce($1::timestamptz, 'infinity'), $2)
ORDER BY at DESC, address_hash DESC LIMIT $3
"""
_WAITING = """
SELECT m.person_id, p.email, count(*) AS mails FROM messages m JOIN people p USING (person_id)
WHERE m.state = 'failed' AND m.reason = $1 GROUP BY m.person_id, p.email
"""
_Text = StringConstraints(
    strip_whitespace=True, min_length=1, max_length=500, pattern=r"^[^\x00]*$"
)


class AddressBody(BaseModel):
    """An address to look up; it is hashed, and not kept."""

    address: str = Field(min_length=3, max_length=320)


class LiftBody(BaseModel):
    """Why the address is good after all. Never the address or a name."""

    reason: Annotated[str, _Text]


@router.get("/notifications/v1/suppressions", responses=problems(401, 403, 422))
async def list_suppressions(
    _caller: OperatorDep, reader: ReaderDep, limit: Limit = PAGE, after: After = None
) -> dict[str, Any]:
    """The latest first; `waiting` is how many mails each holds back."""
    at, hashed = _place(after)
    rows = await reader.fetch(_PAGE, at, hashed, limit + 1)
    page, waiting = rows[:limit], await _waiting(reader)
    last = page[-1] if len(rows) > limit else None
    more = f"{last['at'].isoformat()}/{last['address_hash']}" if last else None
    return {"items": [_shown(row, waiting) for row in page], "next": more}


@router.post("/notifications/v1/suppressions:lookup", responses=problems(400, 401, 403, 404, 422))
async def look_up(body: AddressBody, _caller: OperatorDep, reader: ReaderDep) -> Response:
    """What keeps mails from an address. By POST, so that the address stands in no log."""
    row = await reader.get(Suppression, address_hash(body.address))
    if row is None:
        raise SuppressionUnknown("Nothing keeps mails from this address.")
    return JSONResponse(_shown(row.model_dump(), await _waiting(reader)))


@router.get("/notifications/v1/suppressions/{address_hash}", responses=problems(401, 403, 404))
async def show_suppression(
    address_hash: PathId, _caller: OperatorDep, reader: ReaderDep
) -> dict[str, Any]:
    """One of them."""
    row = await reader.get(Suppression, address_hash)
    if row is None:
        raise SuppressionUnknown("Nothing keeps mails from this address.")
    return _shown(row.model_dump(), await _waiting(reader))


@router.post(
    "/notifications/v1/suppressions/{address_hash}/lift",
    responses=problems(400, 401, 403, 404, 409, 422),
)
async def lift(
    address_hash: PathId,
    body: LiftBody,
    _caller: OperatorDep,
    reader: ReaderDep,
    edge: EdgeDep,
    once: RequiredOnce,
) -> Response:
    """Write to the address again; what waited for it and is still of use goes out."""
    waiting = await _waiting(reader)
    people = sorted(waiting.get(address_hash, {}))
    asked = Lift(address_hash, body.reason, people)
    return await edge.run(
        lift_suppression,
        asked,
        once=once,
        answer=lambda row: (200, _shown(row.model_dump(), waiting) | {"lifted": True}),
    )


async def _waiting(reader: Reader) -> dict[str, dict[str, int]]:
    """Hash of an address → whose mails wait for it, and how many."""
    found: dict[str, dict[str, int]] = {}
    for row in await reader.fetch(_WAITING, SUPPRESSED):
        found.setdefault(address_hash(row["email"]), {})[row["person_id"]] = row["mails"]
    return found


def _place(after: str | None) -> tuple[Any, str]:
    """`at/hash`; what is none begins at the beginning."""
    at, _, hashed = (after or "").partition("/")
    try:
        return parse_instant(at), hashed
    except ValueError:
        return None, ""


def _shown(row: Mapping[str, Any], waiting: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    return {
        "address_hash": row["address_hash"],
        "reason": row["reason"],
        "code": row["code"],
        "at": rfc3339(row["at"]),
        "waiting": sum(waiting.get(row["address_hash"], {}).values()),
    }
