"""Proof: all evidence of a course and what was settled by it, a line each, while it is read.

NDJSON, session by session in the order of their start; of a session first itself, then the lines
as they were kept with their hashes, what was uploaded and what of it withdrawn, the platform's list
of registrants, what was said of whose the participants are, what staff corrected, and every version
that was settled, with all it rests on: lines by their hashes, matches as `unmatched_id/number`, a
correction by its number. Ids only: no names, no addresses, no reasons. A line whose `upload` was
withdrawn counts for nobody, unless another brought it too.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

from fastapi import APIRouter, Depends
from fastapi.responses import StreamingResponse

from services.attendance.models import (
    Correction,
    Course,
    Match,
    Observation,
    Registrant,
    ReportLine,
    Session,
    Settlement,
    Upload,
    Withdrawal,
)
from shared.dates import rfc3339
from shared.errors import NotFound
from shared.runtime.asking import PathId
from shared.runtime.auth import needs_scope
from shared.runtime.database import Reader
from shared.runtime.edge import ReaderDep
from shared.runtime.problems import problems
from shared.runtime.rows import place_of, spec_of, where

router = APIRouter(tags=["evidence"])
PAGE = 1_000  # rows in memory at once
_OF_SESSION: Mapping[str, type[Any]] = {
    "observation": Observation,
    "report_line": ReportLine,
    "upload": Upload,
    "withdrawal": Withdrawal,
    "registrant": Registrant,
    "match": Match,
    "correction": Correction,
    "settlement": Settlement,
}
_SECRET = {"meeting_url", "join_url", "reason"}  # the first two lead into the room, past the door


@router.get(
    "/attendance/v1/courses/{course_id}/evidence",
    dependencies=[Depends(needs_scope("operator"))],
    response_class=StreamingResponse,
    responses={
        200: {"content": {"application/x-ndjson": {"schema": {"type": "string"}}}},
        **problems(401, 403, 404),
    },
)
async def proof(course_id: PathId, reader: ReaderDep) -> StreamingResponse:
    """Sessions, lines, matches, corrections and settlements of a course."""
    sessions = await reader.find(where(Session, course_id=course_id, order=("starts_at",)))
    if not sessions and await reader.get(Course, course_id) is None:
        raise NotFound("course-unknown", "There is no such course.")
    return StreamingResponse(_lines(reader, sessions), media_type="application/x-ndjson")


async def _lines(reader: Reader, sessions: list[Session]) -> AsyncIterator[bytes]:
    for session in sessions:
        yield _line("session", _plain(session))
        for kind, row in _OF_SESSION.items():
            async for page in _pages(reader, row, session):
                yield b"".join(_line(kind, _plain(one)) for one in page)


async def _pages(reader: Reader, row: type[Any], session: Session) -> AsyncIterator[list[Any]]:
    """The rows of a session in the order of their key, a page at a time."""
    order, after = spec_of(row).primary, None
    while True:
        page = await reader.find(
            where(
                row,
                order=order,
                limit=PAGE,
                after=after,
                course_id=session.course_id,
                session_id=session.session_id,
            )
        )
        if page:
            yield page
        if len(page) < PAGE:
            return
        after = place_of(page[-1], order)


def _plain(row: Any) -> dict[str, Any]:
    return {name: value for name, value in row.__dict__.items() if name not in _SECRET}


def _line(kind: str, told: Mapping[str, Any]) -> bytes:
    text = json.dumps({"kind": kind, **_named(kind, told)}, default=_said, ensure_ascii=False)
    return f"{text}\n".encode()


def _named(kind: str, told: Mapping[str, Any]) -> Mapping[str, Any]:
    """An observation's own `kind`, and a correction's, have another name here."""
    if "kind" not in told:
        return told
    return {("seen" if kind == "observation" else "said") if k == "kind" else k: v
            for k, v in told.items()}  # fmt: skip


def _said(value: Any) -> str:
    return rfc3339(value)
