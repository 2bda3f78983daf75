"""A registration's evidence for staff: line by line as it came, by whom it was told, and by what it
is theirs; what was settled by it, and what staff said."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
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
_SETTLED = """
SELECT session_id, evidence_version AS version, seconds, present, by, settled_at AS at
FROM settlements WHERE registration_id = $1 AND course_id = $2
ORDER BY session_id, evidence_version
"""
_CORRECTED = """
SELECT session_id, number, c.kind, c.seconds, c.by, c.at, r.reason FROM corrections c
LEFT JOIN correction_reasons r USING (course_id, session_id, registration_id, number)
WHERE c.course_id = $2 AND c.session_id = ANY($3) AND c.registration_id = $1
ORDER BY session_id, number
"""


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
    same participant. `more`: there are more lines than are shown. `settled` is every version of
    what was settled, `corrections` what staff said, with who and when. The reading is audited."""
    registration = await reader.get(Registration, registration_id)
    if registration is None:
        raise NotFound("registration-unknown", "There is no such registration.")
    sessions = await reader.find(
        where(Session, course_id=registration.course_id, order=("starts_at",))
    )
    about_them = (registration_id, registration.course_id)
    settled = _by_session(await reader.fetch(_SETTLED, *about_them))
    ids = [session.session_id for session in sessions]
    corrected = _by_session(await reader.fetch(_CORRECTED, *about_them, ids))
    shown = []
    for session in sessions:
        if window_of(session) is not None:
            about = (session.course_id, session.session_id, registration_id)
            found, more = await traced(reader, *about)
            said = {"settled": settled[session.session_id]}
            said |= {"corrections": corrected[session.session_id]}
            shown.append(_session(session, found, more) | said)
    body = {"registration_id": registration_id, "sessions": shown}
    return await told(edge, reading("evidence.read", [registration_id]), body)


def _by_session(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Session id → its rows, in their order; of one without any, none."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        said = {name: value for name, value in row.items() if name != "session_id"}
        found[row["session_id"]].append(said | {"at": rfc3339(row["at"])})
    return found


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
