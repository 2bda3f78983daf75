"""Who signs, and what holds no more: everything that is needed to verify without asking us."""

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
from shared.runtime.edge import EdgeDep, ReaderDep
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


async def _keys(reader: ReaderDep) -> list[SigningKey]:
    return await reader.find(where(SigningKey, order=("-created_at",)))


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
    active = next((one for one in await _keys(reader) if one.state == "active"), None)
    if not _LIST.fullmatch(name) or active is None:
        raise NotFound("status-list-unknown", "There is no such status list.")
    ended = [row["status_index"] for row in await reader.fetch(_ENDED, name)]
    key = SealedKey(active.key_id, active.public, active.sealed)
    lists: dict[str, _Signed] = request.app.state.status_lists
    known, now = lists.get(name), edge.now()
    same = known is not None and (known.ended, known.key_id) == (ended, key.key_id)
    if known is None or not same or not timedelta(0) <= now - known.at < _FRESH:
        try:
            token = await asyncio.to_thread(_sign, office, key, name, ended, now)
        except signing.KeyShutError as why:
            raise Unavailable("signing-key-shut", str(why), retry_after=60) from why
        known = _Signed(ended, key.key_id, now, token)
        if len(lists) >= _KEPT:
            lists.clear()
        lists[name] = known
    return _cached(request, known.token, "application/vc+jwt")


def _sign(office: Office, key: SealedKey, name: str, ended: list[int], now: datetime) -> str:
    url = office.status_url(name)
    credential = status.list_credential(office.did, url, ended, now, now + _LASTS)
    return signing.sign(office.secret, key, credential)


def _cached(request: Request, body: str, media_type: str) -> Response:
    """For everybody and for a while; who has it is told that nothing changed."""
    tag = f'"{sha256(body.encode()).hexdigest()[:32]}"'
    headers = {"Cache-Control": f"public, max-age={_SECONDS}", "ETag": tag}
    asked = [one.strip() for one in request.headers.get("if-none-match", "").split(",")]
    if {tag, f"W/{tag}", "*"} & set(asked):
        return Response(None, 304, headers=headers)
    return Response(body, media_type=media_type, headers=headers)
