"""Verification, for everyone: by code (a page, or JSON), by credential, by the PDF's hash."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from hashlib import sha256
from ipaddress import ip_network
from pathlib import Path
from time import monotonic
from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.certificates import signing
from services.certificates.api.shown import OfficeDep, issuer_body, number
from services.certificates.commands.grants import kind_of
from services.certificates.commands.office import Office, typed
from services.certificates.domain.pdf_binding import hash_in
from services.certificates.domain.words import day_in_words, ended_why
from services.certificates.models import NO_BOARD, Certificate, Course, Document, SigningKey
from shared.contracts.certificates import reads_as_number
from shared.dates import day_of, rfc3339
from shared.errors import TooMany
from shared.runtime.asking import PathId
from shared.runtime.database import Reader
from shared.runtime.edge import ReaderDep
from shared.runtime.problems import problems
from shared.runtime.rate_limit import RateLimit, asker
from shared.runtime.rows import where
from shared.runtime.tokens import digest_of

router = APIRouter(tags=["verification"])
_pages = Environment(
    loader=FileSystemLoader(Path(__file__).parents[1] / "templates"),
    undefined=StrictUndefined,
    autoescape=True,
)
_COPIES = "SELECT kind, made_at, sha256 FROM duplicates WHERE certificate_id = $1 ORDER BY made_at"
_UNKNOWN: dict[str, Any] = {"status": "unknown"}
_LEADS_TO_HOLDER = {"holder", "verify_url", "superseded_by"}
_HEADERS = {
    "Cache-Control": "no-store",
    "Vary": "Accept",
    "X-Robots-Tag": "noindex",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    404: {
        "description": "No such certificate",
        "content": {"application/json": {"example": _UNKNOWN}},
    },
    **problems(400, 422, 429),
}
_WAIT = 60  # seconds that who guesses is asked to wait


async def unhurried(request: Request) -> AsyncIterator[None]:
    """Who guesses is made to wait: so many unknown certificates an address, and no more.

    Codes have 80 bits, so no guess comes true; but nobody should try. Only an address that the
    front door names counts: one of our own network may stand for everybody.
    """
    limit: RateLimit = request.app.state.guesses
    who = asker(request.client.host if request.client else "")
    key = digest_of(who)
    counts = _is_outside(who)
    if counts and limit.is_full(key, monotonic()):
        raise TooMany("too-many-unknown", "Too many unknown certificates.", retry_after=_WAIT)
    try:
        yield
    finally:
        if counts and getattr(request.state, "unknown", False):
            limit.allows(key, monotonic())


def _is_outside(who: str) -> bool:
    try:
        return ip_network(who).network_address.is_global
    except ValueError:
        return False


class VerifyBody(BaseModel):
    """Exactly one of the two: a credential, or the SHA-256 of a PDF in hex."""

    model_config = ConfigDict(extra="forbid")
    jwt: str | None = Field(None, min_length=1, max_length=50_000)
    sha256: str | None = Field(None, pattern=r"^[0-9a-fA-F]{64}$")

    @model_validator(mode="after")
    def _one(self) -> VerifyBody:
        if (self.jwt is None) == (self.sha256 is None):
            raise ValueError("give either jwt or sha256")
        return self


@router.get(
    "/certificates/verify/{code}",
    response_model=None,
    responses=_ANSWERS,
    dependencies=[Depends(unhurried)],
)
async def by_code(code: PathId, request: Request, reader: ReaderDep, office: OfficeDep) -> Response:
    """What the code on a certificate stands for: HTML for people, JSON where that is accepted."""
    found = await reader.find(where(Certificate, code=typed(code)))
    said = await _said(reader, office, found[0] if found else None)
    status = 200 if found and said != _UNKNOWN else 404
    request.state.unknown = status == 404
    if _wants_html(request):
        page = _pages.get_template("verify.html").render(
            said=said, code=code, is_number=reads_as_number(code)
        )
        return HTMLResponse(page, status, headers=_HEADERS)
    return JSONResponse(said, status, headers=_HEADERS)


@router.post(
    "/certificates/verify",
    response_model=None,
    responses=_ANSWERS,
    dependencies=[Depends(unhurried)],
)
async def by_document(
    body: VerifyBody, request: Request, reader: ReaderDep, office: OfficeDep
) -> Response:
    """The same for a credential (its signature is checked) or for a PDF's hash.

    A hash stands in facts that many may read, so it does not lead to the holder's name, nor to a
    code, which would.
    """
    if body.jwt is not None:
        keys = [key.public for key in await reader.find(where(SigningKey))]
        credential = await asyncio.to_thread(signing.read, body.jwt, keys) or {}
        certificate_id = str(credential.get("id", "")).removeprefix("urn:uuid:")
        known = "\x00" not in certificate_id and credential
        found = await reader.get(Certificate, certificate_id) if known else None
        if found and not await _is_its_token(reader, found, body.jwt.strip(), credential):
            found = None
    else:
        found = await _by_hash(reader, (body.sha256 or "").lower())
    said = await _said(reader, office, found)
    if body.jwt is None:
        said = {name: value for name, value in said.items() if name not in _LEADS_TO_HOLDER}
    request.state.unknown = said == _UNKNOWN
    return JSONResponse(said, 404 if said == _UNKNOWN else 200, headers=_HEADERS)


async def _is_its_token(
    reader: Reader, found: Certificate, token: str, credential: Mapping[str, Any]
) -> bool:
    """One token was made for a certificate: any other is by somebody who got hold of a key. Of one
    that was given after the backup that we were restored from, the token is not known; its file's
    hash is, and stands in the token, which a key that nobody else has must have signed."""
    if found.jwt_sha256:
        return found.jwt_sha256 == sha256(token.encode()).hexdigest()
    key = await reader.get(SigningKey, found.key_id)
    if key is None or key.compromised_at is not None:
        return False
    signed = await asyncio.to_thread(signing.read, token, [key.public]) is not None
    return signed and found.sha256 != "" and hash_in(credential) == found.sha256


async def _by_hash(reader: Reader, sha256: str) -> Certificate | None:
    """Whose file that is: the certificate's own, a duplicate or its signed copy."""
    own = await reader.find(where(Certificate, sha256=sha256))
    if own:
        return own[0]
    made = await reader.fetch("SELECT certificate_id FROM duplicates WHERE sha256 = $1", sha256)
    return await reader.get(Certificate, made[0]["certificate_id"]) if made else None


async def _said(reader: Reader, office: Office, issued: Certificate | None) -> dict[str, Any]:
    """As little as makes the certificate comparable with what one holds in hand."""
    if issued is None or issued.status == "preparing":
        return _UNKNOWN
    document = await reader.get(Document, issued.certificate_id)
    key = await reader.get(SigningKey, issued.key_id)
    after = issued.superseded_by and await reader.get(Certificate, issued.superseded_by)
    course = await reader.get(Course, issued.course_id)
    copies = await reader.fetch(_COPIES, issued.certificate_id)
    # The day as the certificate prints it: by the clock of the course.
    zone = str(course.document.get("zone", "UTC")) if course else "UTC"
    issued_on = day_of(issued.issued_at, zone)
    return {
        "status": issued.status,
        "number": issued.number,
        "holder": document.page["name"] if document else None,
        "holder_erased": document is None,
        "title": issued.title,
        "provider": issued.provider,
        "issuer": issuer_body(issued),
        "board": None if issued.board in NO_BOARD else issued.board,
        "kind": kind_of(issued),
        "credits": number(issued.credits),
        "unit": issued.unit,
        "issued_at": rfc3339(issued.issued_at),
        "issued_on": issued_on.isoformat(),
        "issued": day_in_words(issued_on),
        "ended_at": rfc3339(issued.ended_at) if issued.ended_at else None,
        "ended_on": day_of(issued.ended_at, zone).isoformat() if issued.ended_at else None,
        "cause": issued.cause if issued.status != "valid" else None,
        "reason": ended_why(issued.cause) if issued.status != "valid" else None,
        "superseded_by": office.verify_url(after.code) if after else None,
        "sha256": issued.sha256,
        "copies": [
            {
                "kind": one["kind"],
                "made_on": day_of(one["made_at"], zone).isoformat(),
                "sha256": one["sha256"],
            }
            for one in copies
        ],
        "key_compromised_at": rfc3339(key.compromised_at) if key and key.compromised_at else None,
        "verify_url": office.verify_url(issued.code),
    }


def _wants_html(request: Request) -> bool:
    accept = request.headers.get("accept", "*/*")
    html, json = accept.find("text/html"), accept.find("json")
    return html >= 0 and (json < 0 or html < json)
