"""Complaints: what somebody complains of, and what staff answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Response

from services.registration.api.answers import Asked, Complained
from services.registration.api.bodies import ComplaintAnswerBody, ComplaintBody
from services.registration.api.shown import moment
from services.registration.commands.complaining import (
    ANSWER,
    MADE,
    AnswerComplaint,
    Complain,
    Kept,
    answer_complaint,
    complain,
)
from services.registration.domain.complaints import answer_to
from services.registration.models import History, Registration, Words
from shared.dates import parse_instant
from shared.runtime.asking import OperatorDep, PathId
from shared.runtime.auth import CallerDep
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep, RequiredOnce
from shared.runtime.problems import problems

router = APIRouter(tags=["registrations"], route_class=Direct)
_PATH = "/registration/v1/registrations/{registration_id}/complaints"


@router.post(_PATH, responses={200: {"model": Complained}, **problems(401, 403, 404, 425)})
async def post_complaint(
    registration_id: PathId,
    body: ComplaintBody,
    caller: CallerDep,
    edge: EdgeDep,
    once: RequiredOnce,
) -> Response:
    """Complain, at any time; staff are asked to answer within two weeks."""
    command = Complain(registration_id, caller, body.complaint)
    return await edge.run(complain, command, once=once, answer=_kept)


@router.post(f"{_PATH}/answer", responses={200: {"model": Asked}, **problems(401, 403, 404, 409)})
async def post_complaint_answer(
    registration_id: PathId,
    body: ComplaintAnswerBody,
    caller: OperatorDep,
    edge: EdgeDep,
    once: RequiredOnce,
) -> Response:
    """Answer what somebody complained of: shown to them, at their registration. `to` is the number
    of their last complaint that was read; 409 where they wrote more since."""
    command = AnswerComplaint(registration_id, caller, body.answer, body.to)
    return await edge.run(answer_complaint, command, once=once, answer=_answered)


def _kept(kept: Kept) -> tuple[int, Any]:
    row = kept.row
    told = {"registration_id": row.registration_id, "status": row.state}
    return 200, told | {"answer_by": moment(kept.answer_by)}


def _answered(row: Registration) -> tuple[int, Any]:
    return 200, {"registration_id": row.registration_id, "status": row.state}


def complaints_shown(
    row: Registration, past: Sequence[History], written: Sequence[Words], *, everybody: bool
) -> list[dict[str, Any]]:
    """All complaints in their order, each with the answer that holds for it; of whoever comes, or
    of `everybody` who was here."""
    steps = {entry.revision: entry for entry in past}
    seen = {one.revision: one for one in written if everybody or one.person_id == row.person_id}
    return [
        _shown(row, steps, seen, number) for number in sorted(seen) if MADE in seen[number].said
    ]


def _shown(
    row: Registration, steps: Mapping[int, History], seen: Mapping[int, Words], number: int
) -> dict[str, Any]:
    made, step = seen[number], steps[number]
    theirs = {at: one for at, one in seen.items() if one.person_id == made.person_id}
    complaints, answers = (
        sorted(at for at in theirs if what in theirs[at].said) for what in (MADE, ANSWER)
    )
    answer = answer_to(number, complaints, answers)
    by = step.facts.get("answer_by")
    return {
        "number": number,
        "thread": complaints[0],
        "complaint": made.said[MADE],
        "complained_at": moment(step.at),
        "answer_by": moment(parse_instant(by)) if by else None,
        "answer": theirs[answer].said[ANSWER] if answer else None,
        "answered_at": moment(steps[answer].at) if answer else None,
        "theirs": made.person_id == row.person_id,
    }
