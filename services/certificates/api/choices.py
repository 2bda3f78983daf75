"""What a learner chooses: to decline a board's credit, to ask for a certificate without credit; and
what staff say of who presented."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from services.certificates.api.acting import ActDep
from services.certificates.api.shown import award_body
from services.certificates.commands import choices, teaching
from shared.runtime.asking import OperatorDep, PathId
from shared.runtime.direct import Direct
from shared.runtime.problems import problems

router = APIRouter(tags=["registrations"], route_class=Direct)
_SessionId = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]+$")]
_PROBLEMS = problems(400, 401, 403, 404, 409, 422, 425)


class PresentedBody(BaseModel):
    """The sessions that this person presented: all of them; none of them takes it back."""

    model_config = ConfigDict(extra="forbid")
    sessions: Annotated[list[_SessionId], Field(max_length=500)]


class DeclineBody(BaseModel):
    """A board of the course, and whether its credit is not wanted."""

    model_config = ConfigDict(extra="forbid")
    board: str = Field(min_length=1, max_length=200, pattern=r"^[^\x00]+$")
    declined: bool


@router.post("/certificates/v1/registrations/{registration_id}/declines", responses=_PROBLEMS)
async def decline(registration_id: PathId, body: DeclineBody, act: ActDep) -> Response:
    """Decline a board's credit, or take that back: until a certificate of it is out. Gives the
    award as it then is."""
    told = [body.board] if body.declined else []
    wanted = choices.Decline(registration_id, body.board, body.declined)
    return await act.on(
        registration_id, choices.decline, wanted, lambda award: (200, award_body(award, told))
    )


@router.post(
    "/certificates/v1/registrations/{registration_id}/participation",
    status_code=202,
    responses=_PROBLEMS,
)
async def ask_participation(registration_id: PathId, act: ActDep) -> Response:
    """Ask for a certificate of participation ("no CE credit") where no board gives credit."""
    told = {"registration_id": registration_id, "status": "requested"}
    wanted = choices.AskParticipation(registration_id)
    return await act.on(registration_id, choices.ask_participation, wanted, lambda _: (202, told))


@router.post(
    "/certificates/v1/registrations/{registration_id}/presenter",
    status_code=202,
    responses=_PROBLEMS,
)
async def say_presented(
    registration_id: PathId, body: PresentedBody, _caller: OperatorDep, act: ActDep
) -> Response:
    """Say which sessions this person presented, all of them: their certificate for presenting is
    made once the course is over, and they get no learner's credit for those. None takes it back;
    a certificate that is out by then is left to you."""
    told = {
        "registration_id": registration_id,
        "status": "requested" if body.sessions else "withdrawn",
        "sessions": body.sessions,
    }
    wanted = teaching.SayPresented(registration_id, body.sessions)
    return await act.on(registration_id, teaching.say_presented, wanted, lambda _: (202, told))
