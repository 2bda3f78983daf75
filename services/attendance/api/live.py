"""The live view of a session: who is in and for how long, who waits, what does not fit.

Consoles ask for it again and again while thousands come in, so a look that was dear is shown again
(`looks.py`), unless the session or what staff decided or handed in has changed. `as_of` says when
it was made.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic_core import to_json

from services.attendance.api.looks import Looks
from services.attendance.api.sessions import session_body
from services.attendance.api.words import fetch_body
from services.attendance.commands.completing import SessionUnknown
from services.attendance.commands.deadlines import COMPLETE, ref_of
from services.attendance.commands.gathering import Gathered, gather, window_of
from services.attendance.commands.settled import stands
from services.attendance.commands.uploads import STANDS
from services.attendance.domain.curve import curve
from services.attendance.domain.evidence import Attended, in_room
from services.attendance.domain.presence import PresenceRule, standing, taught_seconds
from services.attendance.models import Record, ReportFetch, Session
from shared.dates import rfc3339
from shared.runtime.asking import PathId
from shared.runtime.auth import needs_scope
from shared.runtime.database import Reader
from shared.runtime.edge import EdgeDep, ReaderDep
from shared.runtime.problems import problems
from shared.runtime.rows import where

router = APIRouter(tags=["sessions"])
_NOTHING = Attended()
# What staff decided or handed in. What a list matches is no decision: thousands of those come as
# people do.
_DECIDED = """
SELECT
  (SELECT count(*) FROM corrections WHERE course_id = $1 AND session_id = $2) AS corrections,
  (SELECT count(*) FROM matches
   WHERE course_id = $1 AND session_id = $2 AND registrant_id IS NULL) AS matches,
  (SELECT count(*) FROM uploads WHERE course_id = $1 AND session_id = $2) AS uploads,
  (SELECT count(*) FROM withdrawals WHERE course_id = $1 AND session_id = $2) AS withdrawals
"""
_TOLD = f"""
SELECT origin, count(DISTINCT sha256) AS lines, max(received_at) AS last FROM report_lines r
WHERE course_id = $1 AND session_id = $2 AND {STANDS.format(of="r")} GROUP BY origin ORDER BY origin
"""
_HEARD = """
SELECT
  (SELECT max(received_at) FROM observations WHERE course_id = $1 AND session_id = $2) AS seen,
  (SELECT due_at FROM due WHERE kind = $3 AND ref = $4) AS completes
"""


@router.get(
    "/attendance/v1/sessions/{course_id}/{session_id}",
    dependencies=[Depends(needs_scope("operator"))],
    response_model=dict[str, Any],
    responses=problems(401, 403, 404),
)
async def show(
    course_id: PathId,
    session_id: PathId,
    request: Request,
    reader: ReaderDep,
    edge: EdgeDep,
    records: Annotated[bool, Query(description="Whether each registration is listed")] = True,
) -> Response:
    """Who is in, seconds so far, what was told, and what could not be matched.

    `curve` is how many were in the room, minute by minute (empty of a recording);
    `last_observed_at` when the platform last said anything, `completes_at` when the session
    completes by itself.
    """
    key = (course_id, session_id)
    session = await reader.get(Session, key)
    if session is None:
        raise SessionUnknown("There is no such session.")
    [decided] = await reader.fetch(_DECIDED, *key)
    fetches = await reader.find(where(ReportFetch, course_id=course_id, session_id=session_id))
    fetched = fetch_body(fetches) if fetches else None
    looks: Looks = request.app.state.looks

    async def make() -> tuple[bytes, int]:
        return await _look(reader, session, fetched, edge.now(), records)

    whole = key if records else (*key, "counts")
    body = await looks.at(whole, (session.__dict__, dict(decided), fetched), make)
    return Response(body, media_type="application/json")


async def _look(
    reader: Reader,
    session: Session,
    fetched: dict[str, Any] | None,
    now: datetime,
    listed: bool,
) -> tuple[bytes, int]:
    course_id, session_id = session.course_id, session.session_id
    gathered = await gather(reader, session, now)
    settled = await reader.find(where(Record, course_id=course_id, session_id=session_id))
    told = await reader.fetch(_TOLD, course_id, session_id)
    evidence = {
        row["origin"]: {"lines": row["lines"], "last_received_at": rfc3339(row["last"])}
        for row in told
    }
    planned = (COMPLETE, ref_of(course_id, session_id))
    [heard] = await reader.fetch(_HEARD, course_id, session_id, *planned)
    told_so = {
        "reports": evidence,
        "report": fetched,
        "last_observed_at": rfc3339(heard["seen"]) if heard["seen"] else None,
        "completes_at": rfc3339(heard["completes"]) if heard["completes"] else None,
    }
    lines = sum(len(attended.lines) for attended in gathered.attended.values())
    body = await asyncio.to_thread(_body, session, gathered, settled, told_so, now, listed)
    return body, lines


def _body(
    session: Session,
    gathered: Gathered,
    settled: list[Record],
    told: dict[str, Any],
    now: datetime,
    listed: bool,
) -> bytes:
    records = _records(session, gathered, {r.registration_id: r for r in settled}, now)
    return to_json(
        {
            **session_body(session),
            "as_of": rfc3339(now),
            "expected": len(gathered.expected),
            "present": sum(1 for record in records if record["present"]),
            "in_room": sum(1 for record in records if record["in_room"]),
            "in_waiting_room": sum(1 for record in records if record["waiting"]),
            "unmatched": gathered.strangers,
            "flagged": sum(1 for record in records if record["flagged"]),
            **told,
            "curve": _curve(session, gathered, now),
            **({"records": records, "findings": _findings(gathered)} if listed else {}),
        }
    )


def _curve(session: Session, gathered: Gathered, now: datetime) -> list[dict[str, Any]]:
    if session.starts_at is None or session.ends_at is None or session.recorded:
        return []
    points = curve(gathered.attended.values(), session.starts_at, session.ends_at, now)
    return [{"at": rfc3339(at), "in_room": count} for at, count in points]


def _records(
    session: Session, gathered: Gathered, settled: dict[str, Record], now: datetime
) -> list[dict[str, Any]]:
    """What is settled; where nothing is yet, what the evidence says so far, or staff ruled."""
    window = window_of(session)
    if window is None:
        return []
    taught = taught_seconds(window.seconds, session.instruction_minutes)
    rule = PresenceRule(session.rule_version, session.max_missed_seconds)
    records = []
    for registration_id in sorted({*gathered.expected, *settled}):
        attended = gathered.attended.get(registration_id, _NOTHING)
        record = stands(settled.get(registration_id), session)
        so_far = standing(gathered.seconds_of(registration_id), taught, rule)
        inside = in_room(attended, now)
        records.append(
            {
                "registration_id": registration_id,
                "seconds": record.seconds if record else so_far.seconds,
                "present": record.present if record else so_far.present,
                "in_room": inside,
                "waiting": attended.waiting and not inside and session.completed_at is None,
                "version": record.evidence_version if record else 0,
                "flagged": record is not None and record.flagged_seconds is not None,
                "doubts": record.doubts if record else [],
            }
        )
    return records


def _findings(gathered: Gathered) -> list[dict[str, Any]]:
    """Where report and observations differ by more than a minute. Where nobody at all was seen,
    nothing was told while it ran, and there is nothing to differ from."""
    if not any(attended.live for attended in gathered.attended.values()):
        return []
    return [
        {
            "registration_id": registration_id,
            "report_seconds": attended.told_seconds,
            "live_seconds": attended.live_seconds,
        }
        for registration_id, attended in sorted(gathered.attended.items())
        if attended.finding
    ]
