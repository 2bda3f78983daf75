"""A registration's evidence for staff: line by line as it came, by whom it was told, and by what it
is theirs."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from services.attendance.api.words import told
from services.attendance.commands.gathering import window_of
from services.attendance.commands.reading import reading
from services.attendance.commands.tracing import Traced, traced
from services.attendance.models import Registration, Session
from shared.dates import rfc3339
from shared.errors import NotFound
from shared.runtime.asking import OperatorDep, PathId
from shared.runtime.edge import EdgeDep, ReaderDep
from shared.runtime.problems import problems
from shared.runtime.rows import where

router = APIRouter(tags=["registrations"])


@router.get(
    "/attendance/v1/registrations/{registration_id}/lines",
    response_model=dict[str, Any],
    responses=problems(401, 403, 404),
)
async def lines(
    registration_id: PathId, _caller: OperatorDep, reader: ReaderDep, edge: EdgeDep
) -> Response:
    """Every session with its times, and each line that is this registration's, the earliest first:
    `by` is staff's word, the platform's list, the line's own registration, or another line of the
    same participant. `more`: there are more lines than are shown. The reading is audited."""
    registration = await reader.get(Registration, registration_id)
    if registration is None:
        raise NotFound("registration-unknown", "There is no such registration.")
    sessions = await reader.find(
        where(Session, course_id=registration.course_id, order=("starts_at",))
    )
    shown = []
    for session in sessions:
        if window_of(session) is not None:
            about = (session.course_id, session.session_id, registration_id)
            found, more = await traced(reader, *about)
            shown.append(_session(session, found, more))
    body = {"registration_id": registration_id, "sessions": shown}
    return await told(edge, reading("evidence.read", [registration_id]), body)


def _session(session: Session, found: list[Traced], more: bool) -> dict[str, Any]:
    assert session.starts_at is not None
    assert session.ends_at is not None
    return {
        "course_id": session.course_id,
        "session_id": session.session_id,
        "title": session.title,
        "starts_at": rfc3339(session.starts_at),
        "ends_at": rfc3339(session.ends_at),
        "breaks": [list(pause) for pause in session.breaks],
        "lines": [_line(line) for line in found],
        "more": more,
    }


def _line(line: Traced) -> dict[str, Any]:
    return {
        "participant_id": line.participant_id,
        "kind": line.kind,
        "at": rfc3339(line.at),
        "until": rfc3339(line.until) if line.until else None,
        "source": line.source,
        "received_at": rfc3339(line.received_at),
        "by": line.by,
        "said_by": line.said_by,
        "said_at": rfc3339(line.said_at) if line.said_at else None,
    }
