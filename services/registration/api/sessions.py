"""One session of a course: moved by an operator."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from services.registration.api.course_answers import PublishedAnswer
from services.registration.api.courses import published
from services.registration.commands.sessions import Move, move
from shared.contracts.event import Text
from shared.runtime.asking import OperatorDep, PathId
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep, OptionalOnce
from shared.runtime.problems import problems

router = APIRouter(tags=["courses"], route_class=Direct)


class BreakBody(BaseModel):
    """Wall times within the session."""

    begin: Annotated[Text, Field(alias="from")]
    end: Annotated[Text, Field(alias="to")]


class MoveBody(BaseModel):
    """When the session takes place: wall times on a day, in its own zone where none is said.

    `to_date` where it ends on a later day; `fold` 0 or 1 where a wall time comes twice. Breaks that
    are left out keep their distance from the start.
    """

    date: Text
    begin: Annotated[Text | None, Field(alias="from")] = None
    end: Annotated[Text | None, Field(alias="to")] = None
    to_date: Text | None = None
    fold: int | None = None
    zone: Text | None = None
    breaks: Annotated[list[BreakBody], Field(max_length=24)] | None = None


@router.put(
    "/registration/v1/courses/{course_id}/sessions/{session_id}",
    responses={200: {"model": PublishedAnswer}, **problems(401, 403, 404, 409)},
)
async def move_session(
    course_id: PathId,
    session_id: PathId,
    body: MoveBody,
    caller: OperatorDep,
    edge: EdgeDep,
    once: OptionalOnce,
) -> Response:
    """Move a session to another time, or give one that was cancelled a date after all."""
    when: dict[str, Any] = body.model_dump(by_alias=True, exclude_none=True)
    return await edge.run(
        move, Move(course_id, session_id, when, caller.name), once=once, answer=published
    )
