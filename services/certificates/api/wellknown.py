"""Who signs, and what holds no more: everything that is needed to verify without asking us."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from services.certificates import signing
from services.certificates.api.shown import OfficeDep
from services.certificates.commands.office import Office
from services.certificates.domain import status
from services.certificates.domain.documents import SealedKey
from services.certificates.models import SigningKey
from shared.errors import NotFound
from shared.runtime.asking import PathId
from shared.runtime.edge import EdgeDep, ReaderDep
from shared.runtime.problems import problems
from shared.runtime.rows import where

router = APIRouter(tags=["keys and status"])
_CACHED = {"Cache-Control": "public, max-age=300"}
_LIST = re.compile(r"[0-9]{4}-[1-9][0-9]{0,3}")
_LASTS = timedelta(days=2)  # how long a copy of a list is believed
_FRESH = timedelta(minutes=5)  # how long one is given out again, if nothing changed
_KEPT = 100  # lists: anybody may ask for any year's, so memory has an end
_ENDED = """
SELECT status_index FROM certificates
WHERE status_list = $1 AND status IN ('superseded', 'revoked') ORDER BY status_index
"""


@dataclass(frozen=True)
class _Signed:
    """A list as it was signed last."""

    ended: list[int]
    at: datetime
    token: str


async def _keys(reader: ReaderDep) -> list[SigningKey]:
    return await reader.find(where(SigningKey, order=("-created_at",)))


@router.get("/certificates/.well-known/did.json")
@router.get("/.well-known/did.json", include_in_schema=False)
async def did(reader: ReaderDep, office: OfficeDep) -> Response:
    """The issuer's DID document (did:web)."""
    keys = [key.public for key in await _keys(reader)]
    return JSONResponse(signing.did_document(office.did, keys), headers=_CACHED)


@router.get("/certificates/.well-known/jwks.json")
@router.get("/.well-known/jwks.json", include_in_schema=False)
async def jwks(reader: ReaderDep) -> Response:
    """The public keys, as a JWK set."""
    return JSONResponse({"keys": [key.public for key in await _keys(reader)]}, headers=_CACHED)


@router.get(
    "/certificates/status/{name}",
    response_class=Response,
    responses={200: {"content": {"application/vc+jwt": {}}}, **problems(404, 422)},
)
async def status_list(
    name: PathId, request: Request, reader: ReaderDep, office: OfficeDep, edge: EdgeDep
) -> Response:
    """A signed status list: one bit a certificate, set where it was revoked or superseded.

    A list that no certificate has a place in yet is there too, with no bit set.
    """
    keys = await _keys(reader)
    if not _LIST.fullmatch(name) or not keys:
        raise NotFound("status-list-unknown", "There is no such status list.")
    ended = [row["status_index"] for row in await reader.fetch(_ENDED, name)]
    key = SealedKey(keys[0].key_id, keys[0].public, keys[0].sealed)
    lists: dict[str, _Signed] = request.app.state.status_lists
    known = lists.get(name)
    now = edge.now()
    if known is None or known.ended != ended or not timedelta(0) <= now - known.at < _FRESH:
        token = await asyncio.to_thread(_sign, office, key, name, ended, now)
        known = _Signed(ended, now, token)
        if len(lists) >= _KEPT:
            lists.clear()
        lists[name] = known
    return Response(known.token, media_type="application/vc+jwt", headers=_CACHED)


def _sign(office: Office, key: SealedKey, name: str, ended: list[int], now: datetime) -> str:
    url = office.status_url(name)
    credential = status.list_credential(office.did, url, ended, now, now + _LASTS)
    return signing.sign(office.secret, key, credential)
