"""One session of a course: moved by an operator, who may look first at what that comes to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from services.registration.api.course_answers import PublishedAnswer
from services.registration.api.courses import published
from services.registration.api.preview_answers import MovePreview
from services.registration.commands.previewing import Moving, would_move
from services.registration.commands.publishing import session_of
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
    command = Move(course_id, session_id, _when(body), caller.name)
    return await edge.run(move, command, once=once, answer=published)


@router.post(
    "/registration/v1/courses/{course_id}/sessions/{session_id}/preview",
    responses={200: {"model": MovePreview}, **problems(401, 403, 404, 409)},
)
async def preview_move(
    course_id: PathId, session_id: PathId, body: MoveBody, caller: OperatorDep, edge: EdgeDep
) -> Response:
    """When the session would take place, and what is odd about that; refused as the move is."""
    command = Move(course_id, session_id, _when(body), caller.name)
    return await edge.run(would_move, command, answer=_would_be)


def _when(body: MoveBody) -> dict[str, Any]:
    when: dict[str, Any] = body.model_dump(by_alias=True, exclude_none=True)
    return when


def _would_be(it: Moving) -> tuple[int, Any]:
    version = it.after.course.version
    return 200, {
        "course_id": it.after.course.course_id,
        "session_id": it.session_id,
        "version": version,
        "changed": version != it.version,
        "before": _time_of(it.before, it.session_id),
        "after": _time_of(it.after.document, it.session_id),
        "warnings": list(it.after.warnings),
    }


def _time_of(document: Mapping[str, Any], session_id: str) -> dict[str, Any]:
    session = session_of(document, session_id)
    names = ("status", "zone", "starts_at", "ends_at", "breaks", "instruction_minutes")
    closes = {"registration_closes_at": document["registration_closes_at"]}
    return {name: session[name] for name in names} | closes
