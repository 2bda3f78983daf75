"""Who signs, and what holds no more: everything that is needed to verify without asking us. A body
that issues by itself has all of it at addresses of its own, below `/certificates/issuers/`.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from fastapi import APIRouter, Request, Response

from services.certificates import signing
from services.certificates.api.shown import OfficeDep
from services.certificates.commands.office import Office
from services.certificates.domain import status
from services.certificates.domain.documents import SealedKey
from services.certificates.models import SigningKey
from shared.dates import rfc3339
from shared.errors import NotFound, Unavailable
from shared.runtime.asking import PathId
from shared.runtime.database import Reader
from shared.runtime.edge import Edge, EdgeDep, ReaderDep
from shared.runtime.problems import problems
from shared.runtime.rows import where

router = APIRouter(tags=["keys and status"])
_SECONDS = 300  # that a copy may be used without asking
_LIST = re.compile(r"[0-9]{4}-[1-9][0-9]{0,3}")
_LASTS = timedelta(days=2)  # how long a copy of a list is believed
_FRESH = timedelta(minutes=5)  # how long one is given out again, if nothing changed
_KEPT = 100  # lists: anybody may ask for any year's, so memory has an end
_ENDED = """
SELECT status_index FROM certificates
WHERE status_list = $1 AND status IN ('superseded', 'revoked') ORDER BY status_index
"""
_SAME: dict[int | str, dict[str, Any]] = {
    304: {"description": "As the one with that ETag"},
    **problems(503),
}


@dataclass(frozen=True)
class _Signed:
    """A list as it was signed last."""

    ended: list[int]
    key_id: str
    at: datetime
    token: str


async def _keys(reader: ReaderDep, issuer: str = "") -> list[SigningKey]:
    return await reader.find(where(SigningKey, issuer=issuer, order=("-created_at",)))


async def _keys_of_body(reader: ReaderDep, issuer: str) -> list[SigningKey]:
    found = await _keys(reader, issuer) if issuer else []
    if not found:
        raise NotFound("issuer-unknown", "Nobody of that name issues certificates here.")
    return found


def _leaks(keys: list[SigningKey]) -> Mapping[str, str]:
    return {one.key_id: rfc3339(one.compromised_at) for one in keys if one.compromised_at}


@router.get("/certificates/.well-known/did.json", responses=_SAME)
@router.get("/.well-known/did.json", include_in_schema=False)
async def did(request: Request, reader: ReaderDep, office: OfficeDep) -> Response:
    """The issuer's DID document (did:web)."""
    known = await _keys(reader)
    said = signing.did_document(office.did, [key.public for key in known], _leaks(known))
    return _cached(request, json.dumps(said), "application/json")


@router.get("/certificates/.well-known/jwks.json", responses=_SAME)
@router.get("/.well-known/jwks.json", include_in_schema=False)
async def jwks(request: Request, reader: ReaderDep) -> Response:
    """The public keys, as a JWK set."""
    known = await _keys(reader)
    said = signing.key_set([key.public for key in known], _leaks(known))
    return _cached(request, json.dumps(said), "application/json")


@router.get("/certificates/issuers", responses=problems(503))
async def issuers(reader: ReaderDep, office: OfficeDep) -> dict[str, Any]:
    """Whose certificates are issued here: the provider's DID first, then bodies' that issue by
    themselves."""
    known = await reader.find(where(SigningKey))
    bodies = sorted({one.issuer for one in known})
    return {"items": [{"id": one or None, "did": office.issuer_did(one)} for one in bodies]}


@router.get(
    "/certificates/issuers/{issuer}/did.json", responses={**_SAME, **problems(404, 422, 503)}
)
async def body_did(
    issuer: PathId, request: Request, reader: ReaderDep, office: OfficeDep
) -> Response:
    """The DID document of a body that issues by itself (did:web)."""
    known = await _keys_of_body(reader, issuer)
    did = office.issuer_did(issuer)
    said = signing.did_document(did, [key.public for key in known], _leaks(known))
    return _cached(request, json.dumps(said), "application/json")


@router.get(
    "/certificates/issuers/{issuer}/jwks.json", responses={**_SAME, **problems(404, 422, 503)}
)
async def body_jwks(issuer: PathId, request: Request, reader: ReaderDep) -> Response:
    """Its public keys, as a JWK set."""
    known = await _keys_of_body(reader, issuer)
    said = signing.key_set([key.public for key in known], _leaks(known))
    return _cached(request, json.dumps(said), "application/json")


@router.get(
    "/certificates/issuers/{issuer}/status/{name}",
    response_class=Response,
    responses={200: {"content": {"application/vc+jwt": {}}}, **_SAME, **problems(404, 422, 503)},
)
async def body_status_list(
    issuer: PathId,
    name: PathId,
    request: Request,
    reader: ReaderDep,
    office: OfficeDep,
    edge: EdgeDep,
) -> Response:
    """The same places as in the provider's list of that name, signed by that body: whoever verifies
    its certificates needs no other's word."""
    await _keys_of_body(reader, issuer)
    return await _listed(name, request, reader, office, edge, issuer)


@router.get(
    "/certificates/status/{name}",
    response_class=Response,
    responses={200: {"content": {"application/vc+jwt": {}}}, **_SAME, **problems(404, 422, 503)},
)
async def status_list(
    name: PathId, request: Request, reader: ReaderDep, office: OfficeDep, edge: EdgeDep
) -> Response:
    """A signed status list: one bit a certificate, set where it was revoked or superseded.

    A list that no certificate has a place in yet is there too, with no bit set. It is made again
    when a certificate of it ended, when another key signs, and every five minutes.
    """
    return await _listed(name, request, reader, office, edge, "")


async def _listed(
    name: str, request: Request, reader: Reader, office: Office, edge: Edge, issuer: str
) -> Response:
    active = next((one for one in await _keys(reader, issuer) if one.state == "active"), None)
    if not _LIST.fullmatch(name) or active is None:
        raise NotFound("status-list-unknown", "There is no such status list.")
    ended = [row["status_index"] for row in await reader.fetch(_ENDED, name)]
    key = SealedKey(active.key_id, active.public, active.sealed)
    lists: dict[str, _Signed] = request.app.state.status_lists
    url, now = office.status_url(name, issuer), edge.now()
    known = lists.get(url)
    same = known is not None and (known.ended, known.key_id) == (ended, key.key_id)
    if known is None or not same or not timedelta(0) <= now - known.at < _FRESH:
        try:
            token = await asyncio.to_thread(_sign, office, key, url, ended, now)
        except signing.KeyShutError as why:
            raise Unavailable("signing-key-shut", str(why), retry_after=60) from why
        known = _Signed(ended, key.key_id, now, token)
        if len(lists) >= _KEPT:
            lists.clear()
        lists[url] = known
    return _cached(request, known.token, "application/vc+jwt")


def _sign(office: Office, key: SealedKey, url: str, ended: list[int], now: datetime) -> str:
    did = key.key_id.partition("#")[0]
    credential = status.list_credential(did, url, ended, now, now + _LASTS)
    return signing.sign(office.secret, key, credential)


def _cached(request: Request, body: str, media_type: str) -> Response:
    """For everybody and for a while; who has it is told that nothing changed."""
    tag = f'"{sha256(body.encode()).hexdigest()[:32]}"'
    headers = {"Cache-Control": f"public, max-age={_SECONDS}", "ETag": tag}
    asked = [one.strip() for one in request.headers.get("if-none-match", "").split(",")]
    if {tag, f"W/{tag}", "*"} & set(asked):
        return Response(None, 304, headers=headers)
    return Response(body, media_type=media_type, headers=headers)
