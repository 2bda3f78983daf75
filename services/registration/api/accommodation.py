"""Accommodation: what somebody needs to take part, and what staff answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Response

from services.registration.api.answers import Asked
from services.registration.api.bodies import AnswerBody, RequestBody
from services.registration.api.shown import moment
from services.registration.commands.accommodating import Answer, Ask, answer, ask
from services.registration.models import History, Registration, Words
from shared.runtime.asking import OperatorDep, PathId
from shared.runtime.auth import CallerDep
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep, RequiredOnce
from shared.runtime.problems import problems

router = APIRouter(tags=["registrations"], route_class=Direct)
_PATH = "/registration/v1/registrations/{registration_id}/accommodation"


@router.post(_PATH, responses={200: {"model": Asked}, **problems(401, 403, 404, 409, 425)})
async def post_accommodation(
    registration_id: PathId,
    body: RequestBody,
    caller: CallerDep,
    edge: EdgeDep,
    once: RequiredOnce,
) -> Response:
    """Say what you need to take part; staff are asked to answer in time."""
    return await edge.run(ask, Ask(registration_id, caller, body.request), once=once, answer=_done)


@router.post(f"{_PATH}/answer", responses={200: {"model": Asked}, **problems(401, 403, 404, 409)})
async def post_answer(
    registration_id: PathId,
    body: AnswerBody,
    caller: OperatorDep,
    edge: EdgeDep,
    once: RequiredOnce,
) -> Response:
    """Answer: shown to the person who asked, at their registration."""
    command = Answer(registration_id, caller, body.answer)
    return await edge.run(answer, command, once=once, answer=_done)


def _done(row: Registration) -> tuple[int, Any]:
    return 200, {"registration_id": row.registration_id, "status": row.state}


def accommodation_shown(
    row: Registration, past: Sequence[History], written: Sequence[Words]
) -> dict[str, Any] | None:
    """What whoever comes asked for last, and the answer, if there is one."""
    at = {entry.revision: moment(entry.at) for entry in past}
    mine = sorted(
        (one for one in written if one.person_id == row.person_id), key=lambda one: one.revision
    )
    asked = [one for one in mine if "accommodation" in one.said]
    if not asked:
        return None
    last = asked[-1]
    answers = [one for one in mine if "answer" in one.said and one.revision > last.revision]
    return {
        "request": last.said["accommodation"],
        "requested_at": at.get(last.revision),
        "answer": answers[-1].said["answer"] if answers else None,
        "answered_at": at.get(answers[-1].revision) if answers else None,
    }
