"""Who signs, and what holds no more: everything that is needed to verify without asking us."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from services.certificates import signing, status
from services.certificates.api.shown import OfficeDep, PathId
from services.certificates.models import SigningKey
from services.certificates.signing import SealedKey
from shared.errors import NotFound
from shared.runtime.edge import EdgeDep, ReaderDep
from shared.runtime.problems import problems
from shared.runtime.rows import where

router = APIRouter(tags=["keys and status"])
_CACHED = {"Cache-Control": "public, max-age=300"}
_LIST = re.compile(r"[0-9]{4}-[1-9][0-9]{0,3}")
_LASTS = timedelta(days=2)  # how long a copy of a list is believed
_ENDED = """
SELECT status_index FROM certificates
WHERE status_list = $1 AND status IN ('superseded', 'revoked') ORDER BY status_index
"""


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
    now = edge.now()
    url = office.status_url(name)
    credential: dict[str, Any] = status.list_credential(office.did, url, ended, now, now + _LASTS)
    key = SealedKey(keys[0].key_id, keys[0].public, keys[0].sealed)
    token = signing.sign(office.secret, key, credential)
    return Response(token, media_type="application/vc+jwt", headers=_CACHED)
