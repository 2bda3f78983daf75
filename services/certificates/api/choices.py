"""What a learner chooses: to decline a board's credit, to ask for a certificate without credit."""

from __future__ import annotations

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from services.certificates.api.reading import allowed
from services.certificates.api.shown import award_body
from services.certificates.commands import choices
from shared.runtime.asking import OperatorDep, PathId
from shared.runtime.auth import CallerDep
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep, ReaderDep, RequiredOnce
from shared.runtime.problems import problems

router = APIRouter(tags=["registrations"], route_class=Direct)
_PROBLEMS = problems(400, 401, 403, 404, 409, 422, 425)


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
    caller: OperatorDep,
    reader: ReaderDep,
    edge: EdgeDep,
    once: RequiredOnce,
) -> Response:
    """Say that this person presented the course: their certificate is made once it is over."""
    await allowed(reader, caller, registration_id)
    return await edge.run(
        choices.say_presented,
        choices.SayPresented(registration_id),
        once=once,
        answer=lambda _: (202, {"registration_id": registration_id, "status": "requested"}),
    )
