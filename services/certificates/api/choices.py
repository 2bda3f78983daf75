"""What a learner chooses: to decline a board's credit, to ask for a certificate without credit; and
what staff say of who presented."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from services.certificates.api.reading import allowed
from services.certificates.api.shown import award_body
from services.certificates.commands import choices, teaching
from shared.runtime.asking import OperatorDep, PathId
from shared.runtime.auth import CallerDep
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep, ReaderDep, RequiredOnce
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
async def decline(
    registration_id: PathId,
    body: DeclineBody,
    caller: CallerDep,
    reader: ReaderDep,
    edge: EdgeDep,
    once: RequiredOnce,
) -> Response:
    """Decline a board's credit, or take that back: until a certificate of it is out. Gives the
    award as it then is."""
    await allowed(reader, caller, registration_id)
    told = [body.board] if body.declined else []
    return await edge.run(
        choices.decline,
        choices.Decline(registration_id, body.board, body.declined),
        once=once,
        answer=lambda award: (200, award_body(award, told)),
    )


@router.post(
    "/certificates/v1/registrations/{registration_id}/participation",
    status_code=202,
    responses=_PROBLEMS,
)
async def ask_participation(
    registration_id: PathId,
    caller: CallerDep,
    reader: ReaderDep,
    edge: EdgeDep,
    once: RequiredOnce,
) -> Response:
    """Ask for a certificate of participation ("no CE credit") where no board gives credit."""
    await allowed(reader, caller, registration_id)
    return await edge.run(
        choices.ask_participation,
        choices.AskParticipation(registration_id),
        once=once,
        answer=lambda _: (202, {"registration_id": registration_id, "status": "requested"}),
    )


@router.post(
    "/certificates/v1/registrations/{registration_id}/presenter",
    status_code=202,
    responses=_PROBLEMS,
)
async def say_presented(
    registration_id: PathId,
    body: PresentedBody,
    caller: OperatorDep,
    reader: ReaderDep,
    edge: EdgeDep,
    once: RequiredOnce,
) -> Response:
    """Say which sessions this person presented, all of them: their certificate for presenting is
    made once the course is over, and they get no learner's credit for those. None takes it back;
    a certificate that is out by then is left to you."""
    await allowed(reader, caller, registration_id)
    told = {
        "registration_id": registration_id,
        "status": "requested" if body.sessions else "withdrawn",
        "sessions": body.sessions,
    }
    return await edge.run(
        teaching.say_presented,
        teaching.SayPresented(registration_id, body.sessions),
        once=once,
        answer=lambda _: (202, told),
    )
