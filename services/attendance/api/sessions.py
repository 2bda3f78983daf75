"""A session: completing it, and swapping its meeting."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from services.attendance.api.words import Id, Reason, grace_of
from services.attendance.commands import completing, reopening, swapping
from services.attendance.commands.completing import Complete
from services.attendance.commands.gathering import window_of
from services.attendance.commands.reopening import Reopen
from services.attendance.commands.swapping import Swap
from services.attendance.domain.presence import taught_seconds
from services.attendance.models import Session
from shared.addresses import is_web_address
from shared.dates import rfc3339
from shared.runtime.asking import OperatorDep, PathId
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep, OptionalOnce, RequiredOnce
from shared.runtime.problems import problems

router = APIRouter(tags=["sessions"], route_class=Direct)
_PATH = "/attendance/v1/sessions/{course_id}/{session_id}"


class CompleteBody(BaseModel):
    """`instruction_minutes` only where the session was cut short; `early` where it is completed
    before its planned end without them, and that is meant."""

    instruction_minutes: int | None = Field(default=None, ge=1, strict=True)
    early: bool = Field(default=False, strict=True)


def _address(text: str) -> str:
    if not is_web_address(text):
        raise ValueError("an address begins with https:// and names a host")
    return text


class MeetingBody(BaseModel):
    """The meeting that stands for the session from now on."""

    meeting_id: Id
    url: Annotated[
        str,
        StringConstraints(max_length=2_000, pattern=r"^https?://[^\s\x00]+$"),
        AfterValidator(_address),
    ]


class ReopenBody(BaseModel):
    """Why, for the record of who did what."""

    reason: Reason


@router.post(f"{_PATH}/complete", responses=problems(401, 403, 404, 409, 422))
async def complete(
    course_id: PathId,
    session_id: PathId,
    request: Request,
    caller: OperatorDep,
    edge: EdgeDep,
    once: RequiredOnce,
    body: CompleteBody | None = None,
) -> Response:
    """Complete a session now, with the minutes that were taught where it was cut short."""
    body = body or CompleteBody()
    asked = Complete(
        course_id,
        session_id,
        body.instruction_minutes,
        caller.name,
        grace_of(request),
        early=body.early,
    )
    return await edge.run(completing.complete, asked, once=once, answer=_shown)


@router.post(f"{_PATH}/reopen", responses=problems(400, 401, 403, 404, 409, 422))
async def reopen(
    course_id: PathId,
    session_id: PathId,
    body: ReopenBody,
    request: Request,
    caller: OperatorDep,
    edge: EdgeDep,
    once: RequiredOnce,
) -> Response:
    """Open a session again that had been completed before its move was heard."""
    asked = Reopen(course_id, session_id, body.reason, grace_of(request))
    return await edge.run(reopening.reopen, asked, once=once, answer=_shown)


@router.put(f"{_PATH}/meeting", responses=problems(401, 403, 404, 409, 422))
async def swap(
    course_id: PathId,
    session_id: PathId,
    body: MeetingBody,
    caller: OperatorDep,
    edge: EdgeDep,
    once: OptionalOnce,
) -> Response:
    """Put another meeting behind everyone's join link."""
    asked = Swap(course_id, session_id, body.meeting_id, body.url, caller.name)
    return await edge.run(swapping.swap_meeting, asked, once=once, answer=_shown)


def _shown(session: Session) -> tuple[int, Any]:
    return 200, session_body(session)


def session_body(session: Session) -> dict[str, Any]:
    """A session as it stands, without its evidence."""
    window = window_of(session)
    taught = taught_seconds(window.seconds, session.instruction_minutes) if window else None
    return {
        "course_id": session.course_id,
        "session_id": session.session_id,
        "state": session.state,
        "title": session.title,
        "starts_at": rfc3339(session.starts_at) if session.starts_at else None,
        "ends_at": rfc3339(session.ends_at) if session.ends_at else None,
        "meeting": {"meeting_id": session.meeting_id, "url": session.meeting_url}
        if session.meeting_id
        else None,
        "rule": {"version": session.rule_version, "max_missed_seconds": session.max_missed_seconds},
        "instruction_minutes": taught // 60 if taught is not None else None,
        "planned_minutes": window.seconds // 60 if window is not None else None,
        "completed_at": rfc3339(session.completed_at) if session.completed_at else None,
        "completed_by": session.completed_by,
        "expired_at": rfc3339(session.expired_at) if session.expired_at else None,
    }
