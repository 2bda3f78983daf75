"""A certificate's other files: duplicates that say so, and the signed copy."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from services.certificates.api.certificates import document_of, file_of
from services.certificates.api.shown import OfficeDep
from services.certificates.commands import duplicates
from services.certificates.commands.look import marked
from services.certificates.commands.office import Office
from services.certificates.documents import Press
from services.certificates.models import DUPLICATE, SIGNED, Certificate, Course, Duplicate
from services.certificates.pades import Signer
from shared.dates import rfc3339
from shared.errors import Gone, NotFound
from shared.runtime.asking import PathId
from shared.runtime.auth import CallerDep
from shared.runtime.database import Reader
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep, ReaderDep, RequiredOnce
from shared.runtime.problems import problems
from shared.runtime.rows import where

router = APIRouter(tags=["certificates"], route_class=Direct)
_FILES = problems(401, 403, 404, 410, 422, 425)
_PDF: dict[int | str, dict[str, Any]] = {200: {"content": {"application/pdf": {}}}}


async def press_of(request: Request) -> Press:
    """FastAPI dependency: the press of this process."""
    press: Press = request.app.state.press
    return press


async def signer_of(request: Request) -> Signer | None:
    """FastAPI dependency: who signs, if somebody does."""
    signer: Signer | None = request.app.state.signer
    return signer


@router.post(
    "/certificates/v1/certificates/{certificate_id}/duplicate",
    status_code=201,
    responses=problems(400, 401, 403, 404, 409, 410, 422, 425),
)
async def duplicate(
    certificate_id: PathId,
    caller: CallerDep,
    reader: ReaderDep,
    edge: EdgeDep,
    office: OfficeDep,
    press: Annotated[Press, Depends(press_of)],
    once: RequiredOnce,
) -> Response:
    """Make a duplicate that says so and when, where the layout wants that; else its own file is
    the answer. The credential stays the original's."""
    issued, document = await document_of(reader, caller, certificate_id)
    pdf, sha256, now = None, issued.sha256, edge.now()
    if document.page.get("layout", {}).get("mark_duplicates"):
        course = await reader.get(Course, issued.course_id)
        zone = str(course.document.get("zone", "UTC")) if course else "UTC"
        pdf, sha256 = await press.print(marked(document.page, now, zone))
    return await edge.run(
        duplicates.keep,
        duplicates.Keep(certificate_id, DUPLICATE, sha256, pdf, now),
        once=once,
        answer=lambda kept: (201, _made(kept[0], kept[1], office)),
    )


@router.get(
    "/certificates/v1/certificates/{certificate_id}/duplicates/{duplicate_id}.pdf",
    response_class=Response,
    responses={**_PDF, **_FILES},
)
async def duplicate_file(
    certificate_id: PathId, duplicate_id: PathId, caller: CallerDep, reader: ReaderDep
) -> Response:
    """A duplicate: the same bytes as when it was made."""
    issued, _ = await document_of(reader, caller, certificate_id)
    found = await reader.get(Duplicate, duplicate_id)
    if found is None or found.certificate_id != certificate_id or found.kind != DUPLICATE:
        raise NotFound("duplicate-unknown", "There is no such duplicate.")
    return _file(issued, found, "duplicate")


@router.get(
    "/certificates/v1/certificates/{certificate_id}.signed.pdf",
    response_class=Response,
    responses={**_PDF, **problems(401, 403, 404, 409, 410, 422, 425)},
)
async def signed_file(
    certificate_id: PathId,
    caller: CallerDep,
    reader: ReaderDep,
    edge: EdgeDep,
    signer: Annotated[Signer | None, Depends(signer_of)],
) -> Response:
    """The PDF with the provider's signature in it (PAdES), made at the first download and kept."""
    issued, file = await file_of(reader, caller, certificate_id)
    kept = await _signed(reader, certificate_id)
    if kept is None:
        if signer is None:
            raise NotFound("not-signed", "The files of certificates are not signed here.")
        pdf = await asyncio.to_thread(signer.sign, file.pdf)
        sha256 = hashlib.sha256(pdf).hexdigest()
        keep = duplicates.Keep(certificate_id, SIGNED, sha256, pdf, edge.now())
        refused = await edge.run(duplicates.keep, keep, answer=lambda _: (200, None))
        if refused.status_code != 200:
            return refused
        kept = await _signed(reader, certificate_id)
    if kept is None:
        raise NotFound("certificate-unknown", "There is no such certificate.")
    return _file(issued, kept, "signed")


async def _signed(reader: Reader, certificate_id: str) -> Duplicate | None:
    found = await reader.find(where(Duplicate, certificate_id=certificate_id, kind=SIGNED))
    return found[0] if found else None


def _made(issued: Certificate, made: Duplicate | None, office: Office) -> dict[str, Any]:
    if made is None:
        return {
            "duplicate_id": None,
            "number": issued.number,
            "pdf": office.file_url(issued.certificate_id, "pdf"),
            "made_at": rfc3339(issued.issued_at),
            "sha256": issued.sha256,
        }
    return {
        "duplicate_id": made.duplicate_id,
        "number": issued.number,
        "pdf": office.duplicate_url(issued.certificate_id, made.duplicate_id),
        "made_at": rfc3339(made.made_at),
        "sha256": made.sha256,
    }


def _file(issued: Certificate, found: Duplicate, what: str) -> Response:
    if found.pdf is None:
        raise Gone("holder-erased", "The holder was erased, and this file with the name on it.")
    name = f"certificate-{issued.number}-{what}.pdf"
    headers = {
        "Content-Disposition": f'inline; filename="{name}"',
        "ETag": f'"{found.sha256}"',
        "Cache-Control": "private, max-age=0",
    }
    return Response(found.pdf, media_type="application/pdf", headers=headers)
