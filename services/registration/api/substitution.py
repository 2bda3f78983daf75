"""Substitution: a colleague comes instead."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from services.registration.api.answers import Substituted
from services.registration.api.bodies import SubstituteBody
from services.registration.api.shown import eligibility
from services.registration.api.shown_before import shown_in
from services.registration.commands.substituting import Substitute, substitute
from services.registration.domain.attendee import read_attendee
from services.registration.models import Course, Registration
from shared.runtime.asking import PathId, PlatformSecretDep
from shared.runtime.auth import CallerDep
from shared.runtime.caller import Caller
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep, RequiredOnce
from shared.runtime.problems import problems
from shared.runtime.tokens import PERSONAL, mint

router = APIRouter(tags=["registrations"], route_class=Direct)
ACT = problems(401, 403, 404, 409, 425)


@router.post(
    "/registration/v1/registrations/{registration_id}/substitute",
    status_code=200,
    responses={200: {"model": Substituted}, **ACT},
)
async def post_substitute(
    registration_id: PathId,
    body: SubstituteBody,
    caller: CallerDep,
    edge: EdgeDep,
    once: RequiredOnce,
    secret: PlatformSecretDep,
) -> Response:
    """Let somebody else come instead, before the first session; all earlier links are dead."""
    command = substitution(registration_id, caller, body, secret)
    attendee = command.attendee

    def answer(done: tuple[Registration, Course]) -> tuple[int, Any]:
        row, course = done
        fits = eligibility(course.terms["boards"], attendee.profession, attendee.licenses)
        token = mint(secret, PERSONAL, row.registration_id, row.token_version)
        return 200, {"registration_id": row.registration_id, "token": token, **fits}

    return await edge.run(substitute, command, once=once, answer=answer)


def substitution(
    registration_id: str, caller: Caller, body: SubstituteBody, secret: str
) -> Substitute:
    """What is asked for; Invalid with every fault of the person."""
    return Substitute(
        registration_id,
        caller,
        read_attendee(body.attendee.model_dump(), ""),
        body.disclosure_version,
        shown_in(body, caller, secret),
        body.reason,
    )
