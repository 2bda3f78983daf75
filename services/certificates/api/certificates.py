"""A certificate: its files, and what staff do with it."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, StringConstraints

from services.certificates.api.shown import OfficeDep, Reason, certificate_body
from services.certificates.commands import keeping, staff
from services.certificates.commands.office import Office
from services.certificates.models import Certificate, Document, DocumentFile, Registration
from shared.errors import Gone, NotFound
from shared.runtime.asking import OperatorDep, PathId
from shared.runtime.auth import CallerDep
from shared.runtime.caller import Caller, for_subject
from shared.runtime.database import Reader
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep, ReaderDep, RequiredOnce
from shared.runtime.problems import problems

router = APIRouter(tags=["certificates"], route_class=Direct)
_FILES = problems(401, 403, 404, 410, 422, 425)
R = TypeVar("R", Document, DocumentFile)
_STAFF = problems(400, 401, 403, 404, 409, 422)
Name = Annotated[
    str,
    StringConstraints(min_length=1, max_length=500, strip_whitespace=True, pattern=r"^[^\x00]+$"),
]


class RevokeBody(BaseModel):
    """Why it is withdrawn; only operators read it."""

    model_config = ConfigDict(extra="forbid")
    reason: Reason


class KeepBody(BaseModel):
    """Why it stays as it is; only operators read it."""

    model_config = ConfigDict(extra="forbid")
    reason: Reason


class SupersedeBody(BaseModel):
    """Why it is replaced, for operators; and the right name where that was wrong."""

    model_config = ConfigDict(extra="forbid")
    reason: Reason
    name: Name | None = None


async def document_of(
    reader: Reader, caller: Caller, certificate_id: str
) -> tuple[Certificate, Document]:
    """A certificate that is out and its document, for its holder and for operators.

    Raises what authorisation does, NotFound, Gone.
    """
    return await _with(Document, reader, caller, certificate_id)


async def file_of(
    reader: Reader, caller: Caller, certificate_id: str
) -> tuple[Certificate, DocumentFile]:
    """The same, with what was made of the document."""
    return await _with(DocumentFile, reader, caller, certificate_id)


async def _with(
    kept: type[R], reader: Reader, caller: Caller, certificate_id: str
) -> tuple[Certificate, R]:
    issued = await reader.get(Certificate, certificate_id)
    if issued is None or issued.status == "preparing":
        if caller.kind == "nobody":
            for_subject(caller, certificate_id, None)
        raise NotFound("certificate-unknown", "There is no such certificate.")
    reg = await reader.get(Registration, issued.registration_id)
    for_subject(caller, issued.registration_id, reg.token_version if reg else None)
    found = await reader.get(kept, certificate_id)
    if found is None:
        raise Gone("holder-erased", "The holder was erased, and this file with the name on it.")
    return issued, found


@router.get(
    "/certificates/v1/certificates/{certificate_id}.pdf",
    response_class=Response,
    responses={200: {"content": {"application/pdf": {}}}, **_FILES},
)
async def pdf(certificate_id: PathId, caller: CallerDep, reader: ReaderDep) -> Response:
    """The PDF: the same bytes for ever."""
    issued, file = await file_of(reader, caller, certificate_id)
    headers = {
        "Content-Disposition": f'inline; filename="certificate-{issued.number}.pdf"',
        "ETag": f'"{issued.sha256}"',
        "Cache-Control": "private, max-age=0",
    }
    return Response(file.pdf, media_type="application/pdf", headers=headers)


@router.get(
    "/certificates/v1/certificates/{certificate_id}.jwt",
    response_class=Response,
    responses={200: {"content": {"application/vc+jwt": {}}}, **_FILES},
)
async def jwt(certificate_id: PathId, caller: CallerDep, reader: ReaderDep) -> Response:
    """The Open Badges 3.0 credential, signed."""
    _, file = await file_of(reader, caller, certificate_id)
    return Response(file.jwt, media_type="application/vc+jwt")


@router.get("/certificates/v1/certificates/{certificate_id}.json", responses=_FILES)
async def show(
    certificate_id: PathId, caller: CallerDep, reader: ReaderDep, office: OfficeDep
) -> dict[str, Any]:
    """What it says, as data."""
    issued, document = await document_of(reader, caller, certificate_id)
    return certificate_body(issued, office, caller) | {"page": document.page}


@router.post("/certificates/v1/certificates/{certificate_id}/revoke", responses=_STAFF)
async def revoke(
    certificate_id: PathId,
    body: RevokeBody,
    caller: OperatorDep,
    edge: EdgeDep,
    office: OfficeDep,
    once: RequiredOnce,
) -> Response:
    """Withdraw it; verification says so."""
    return await edge.run(
        staff.revoke,
        staff.Revoke(certificate_id, body.reason),
        once=once,
        answer=lambda issued: (200, certificate_body(issued, office)),
    )


@router.post("/certificates/v1/certificates/{certificate_id}/keep", responses=_STAFF)
async def keep(
    certificate_id: PathId,
    body: KeepBody,
    caller: OperatorDep,
    edge: EdgeDep,
    office: OfficeDep,
    once: RequiredOnce,
) -> Response:
    """Leave it as it is, though the facts give less: its tasks end, until it gets worse still."""
    return await edge.run(
        staff.keep,
        keeping.Keep(certificate_id, body.reason),
        once=once,
        answer=lambda issued: (200, certificate_body(issued, office)),
    )


@router.post(
    "/certificates/v1/certificates/{certificate_id}/supersede", status_code=202, responses=_STAFF
)
async def supersede(
    certificate_id: PathId,
    body: SupersedeBody,
    caller: OperatorDep,
    edge: EdgeDep,
    office: OfficeDep,
    once: RequiredOnce,
) -> Response:
    """Make a right one; the old one holds until that is stored, then both verify and say so.

    With a `name`, one that says more than the facts give keeps what it says; without, it says what
    they give. 409 `already-superseded` where another one of that board took its place.
    """
    command = _supersede(certificate_id, body, edge, office)
    return await edge.run(
        staff.supersede,
        command,
        once=once,
        answer=lambda made: (202, certificate_body(made, office)),
    )


def _supersede(
    certificate_id: str, body: SupersedeBody, edge: EdgeDep, office: Office
) -> staff.Supersede:
    return staff.Supersede(certificate_id, body.reason, body.name, edge.now(), office)
