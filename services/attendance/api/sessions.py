"""A session: who is in and for how long, completing it, swapping its meeting."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from services.attendance.api.words import Id, fetch_body, grace_of
from services.attendance.commands import completing
from services.attendance.commands.completing import Complete, SessionUnknown, Swap
from services.attendance.commands.gathering import Gathered, gather, window_of
from services.attendance.domain.evidence import Attended, in_room
from services.attendance.domain.presence import PresenceRule, standing, taught_seconds
from services.attendance.models import Record, ReportFetch, Session
from shared.addresses import is_web_address
from shared.dates import rfc3339
from shared.runtime.asking import OperatorDep, PathId
from shared.runtime.auth import needs_scope
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep, ReaderDep, RequiredOnce
from shared.runtime.problems import problems
from shared.runtime.rows import where

router = APIRouter(tags=["sessions"], route_class=Direct)
_PATH = "/attendance/v1/sessions/{course_id}/{session_id}"
_NOTHING = Attended()


class CompleteBody(BaseModel):
    """`instruction_minutes` only where the session was cut short."""

    instruction_minutes: int | None = Field(default=None, ge=1, strict=True)


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


@router.get(
    _PATH, dependencies=[Depends(needs_scope("operator"))], responses=problems(401, 403, 404)
)
async def show(
    course_id: PathId, session_id: PathId, reader: ReaderDep, edge: EdgeDep
) -> dict[str, Any]:
    """Who is in, seconds so far, and what could not be matched."""
    session = await reader.get(Session, (course_id, session_id))
    if session is None:
        raise SessionUnknown("There is no such session.")
    report = await reader.get(ReportFetch, (course_id, session_id))
    now = edge.now()
    gathered = await gather(reader, session, now)
    settled = await reader.find(where(Record, course_id=course_id, session_id=session_id))
    records = _records(session, gathered, {r.registration_id: r for r in settled}, now)
    return {
        **_body(session),
        "expected": len(gathered.expected),
        "present": sum(1 for record in records if record["present"]),
        "in_room": sum(1 for record in records if record["in_room"]),
        "unmatched": gathered.strangers,
        "records": records,
        "findings": _findings(gathered),
        "report": fetch_body(report) if report else None,
    }


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
    minutes = body.instruction_minutes if body else None
    asked = Complete(course_id, session_id, minutes, caller.name, grace_of(request))
    return await edge.run(completing.complete, asked, once=once, answer=lambda s: (200, _body(s)))


@router.put(f"{_PATH}/meeting", responses=problems(401, 403, 404, 409, 422))
async def swap(
    course_id: PathId, session_id: PathId, body: MeetingBody, caller: OperatorDep, edge: EdgeDep
) -> Response:
    """Put another meeting behind everyone's join link."""
    asked = Swap(course_id, session_id, body.meeting_id, body.url, caller.name)
    return await edge.run(completing.swap_meeting, asked, answer=lambda s: (200, _body(s)))


def _body(session: Session) -> dict[str, Any]:
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
        "completed_at": rfc3339(session.completed_at) if session.completed_at else None,
        "completed_by": session.completed_by,
        "expired_at": rfc3339(session.expired_at) if session.expired_at else None,
    }


def _records(
    session: Session, gathered: Gathered, settled: dict[str, Record], now: Any
) -> list[dict[str, Any]]:
    """What is settled; where nothing is yet, what the evidence says so far."""
    window = window_of(session)
    if window is None:
        return []
    taught = taught_seconds(window.seconds, session.instruction_minutes)
    rule = PresenceRule(session.rule_version, session.max_missed_seconds)
    records = []
    for registration_id in sorted({*gathered.expected, *settled}):
        attended = gathered.attended.get(registration_id, _NOTHING)
        so_far = standing(gathered.seconds_of(registration_id), taught, rule)
        record = settled.get(registration_id)
        records.append(
            {
                "registration_id": registration_id,
                "seconds": record.seconds if record else so_far.seconds,
                "present": record.present if record else so_far.present,
                "in_room": in_room(attended, now),
                "version": record.evidence_version if record else 0,
                "flagged": record is not None and record.flagged_seconds is not None,
            }
        )
    return records


def _findings(gathered: Gathered) -> list[dict[str, Any]]:
    """Where report and observations differ by more than a minute."""
    return [
        {
            "registration_id": registration_id,
            "report_seconds": attended.told_seconds,
            "live_seconds": attended.live_seconds,
        }
        for registration_id, attended in sorted(gathered.attended.items())
        if attended.finding
    ]
