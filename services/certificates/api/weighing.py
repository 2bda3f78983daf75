"""Certificates for staff: found by what is printed on them, and what could be done with one."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from services.certificates.api.shown import OfficeDep, certificate_body, number
from services.certificates.commands import saying
from services.certificates.commands.draft import Draft
from services.certificates.commands.office import Office, typed
from services.certificates.commands.weighing import Weigh, Weighed, weigh
from services.certificates.domain.words import ended_why
from services.certificates.models import NO_BOARD, Certificate
from shared.contracts.certificates import reads_as_number
from shared.errors import Refusal
from shared.runtime.asking import OperatorDep, PathId
from shared.runtime.caller import Caller
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep, ReaderDep
from shared.runtime.problems import problems
from shared.runtime.rows import where

router = APIRouter(tags=["certificates"], route_class=Direct)


@router.get("/certificates/v1/certificates", responses=problems(401, 403, 422))
async def find(
    _caller: OperatorDep,
    reader: ReaderDep,
    printed: Annotated[str, Query(min_length=1, max_length=200)],
) -> dict[str, Any]:
    """The certificate of that number, or verification code, as people type them: small letters, no
    hyphens, an O for a 0 in a code. None, or one: which it is and of what, and nothing else."""
    if reads_as_number(printed):
        plain = "".join(re.findall("[A-Z0-9]", printed.upper()))
        groups = [plain[at : at + 4] for at in range(0, len(plain), 4)]
        found = await reader.find(where(Certificate, number="-".join(groups)))
    else:
        found = await reader.find(where(Certificate, code=typed(printed)))
    out = [one for one in found if one.status != "preparing"]
    return {"items": [_found(one) for one in out], "next": None}


@router.get(
    "/certificates/v1/certificates/{certificate_id}/acts", responses=problems(401, 403, 404)
)
async def acts(
    certificate_id: PathId, caller: OperatorDep, edge: EdgeDep, office: OfficeDep
) -> Response:
    """What revoking, superseding and keeping it would each mean, or why it is refused: whose it is,
    what the facts give by now, and what `/certificates/verify` would say. Nothing is done; the
    reading is audited."""
    return await edge.run(
        weigh, Weigh(certificate_id), answer=lambda it: (200, _shown(it, office, caller))
    )


def _found(issued: Certificate) -> dict[str, Any]:
    """Without what staff wrote about it, which may name people: finding is not audited."""
    return {
        "certificate_id": issued.certificate_id,
        "registration_id": issued.registration_id,
        "course_id": issued.course_id,
        "number": issued.number,
        "board": None if issued.board in NO_BOARD else issued.board,
        "status": issued.status,
    }


def _shown(it: Weighed, office: Office, caller: Caller) -> dict[str, Any]:
    # Of one that was revoked, verification says so for ever, whatever is issued after it.
    status = "superseded" if it.issued.status == "valid" else it.issued.status
    return {
        "certificate": certificate_body(it.issued, office, caller),
        "holder": it.holder,
        "in_question": it.held,
        "facts": None
        if it.facts is None
        else {"credits": number(it.facts["credits"]), "unmet": it.facts["unmet"]},
        "pending": it.pending.number if it.pending else None,
        "revoke": _refused(it.revoke)
        | {"verifier": {"status": "revoked", "reason": ended_why(saying.IN_ERROR)}},
        "supersede": _refused(it.supersede)
        | {
            "plain": _made(
                it.plain,
                status,
                it.issued,
                saying.NAME_CORRECTED if it.name_corrected else saying.CORRECTED,
            ),
            "named": _made(it.named, status, it.issued, saying.NAME_CORRECTED, named=True),
        },
        "keep": _refused(it.keep) | {"verifier": {"status": it.issued.status, "reason": None}},
    }


def _refused(why: Refusal | None) -> dict[str, Any]:
    return {"refused": {"slug": why.slug, "detail": why.detail} if why else None}


def _made(
    draft: Draft | None, status: str, old: Certificate, cause: str, *, named: bool = False
) -> dict[str, Any] | None:
    """What the new one says, and what verification then says of the old one. The name of one that
    is named is whoever asks for it to say."""
    if draft is None:
        return None
    why = old.cause if status == "revoked" else cause
    return {
        "name": None if named else draft.name,
        "credits": number(draft.grant.credits),
        "verifier": {"status": status, "reason": ended_why(why)},
    }
