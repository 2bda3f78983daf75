"""A registration: what was attended of each session, by which rule and evidence."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from services.attendance.api.words import stay_body
from services.attendance.commands.gathering import (
    gather_one,
    ruling_of,
    taught_window,
    window_of,
)
from services.attendance.commands.settled import stands
from services.attendance.domain.evidence import Attended
from services.attendance.domain.minutes import counting
from services.attendance.domain.presence import PresenceRule, Standing, standing, taught_seconds
from services.attendance.domain.stays import spans
from services.attendance.models import Record, Registration, Session
from shared.dates import rfc3339
from shared.errors import NotFound
from shared.runtime.asking import PathId
from shared.runtime.auth import CallerDep
from shared.runtime.caller import for_subject
from shared.runtime.edge import EdgeDep, ReaderDep
from shared.runtime.problems import problems
from shared.runtime.rows import where

router = APIRouter(tags=["registrations"])


@router.get(
    "/attendance/v1/registrations/{registration_id}", responses=problems(401, 403, 404, 422, 425)
)
async def show(
    registration_id: PathId,
    caller: CallerDep,
    reader: ReaderDep,
    edge: EdgeDep,
    session_id: Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]*$")] = None,
) -> dict[str, Any]:
    """Per session: seconds, present, the rule that holds, the evidence by its sources, and the
    times of it that are `counted`. `flagged_seconds`, told to staff: less, and waiting for them.
    `session_id` asks for that session alone: a course may have 400."""
    registration = await reader.get(Registration, registration_id)
    for_subject(caller, registration_id, registration.token_version if registration else None)
    if registration is None:
        raise NotFound("registration-unknown", "There is no such registration.")
    course_id = registration.course_id
    sessions = await reader.find(
        where(Session, course_id=course_id, order=("starts_at",))
        if session_id is None
        else where(Session, course_id=course_id, session_id=session_id)
    )
    settled = await reader.find(where(Record, registration_id=registration_id))
    records = {record.session_id: record for record in settled}
    shown = []
    for session in sessions:
        if window_of(session) is None:
            continue
        attended = await gather_one(reader, session, registration_id, edge.now())
        ruled = await ruling_of(reader, session, registration_id)
        record = stands(records.get(session.session_id), session)
        one = _session(session, attended, ruled, record)
        if caller.operator:  # what waits for staff to decide is nobody else's yet
            one["flagged_seconds"] = record.flagged_seconds if record else None
        shown.append(one)
    return {
        "registration_id": registration_id,
        "course_id": registration.course_id,
        "sessions": shown,
    }


def _session(
    session: Session, attended: Attended, ruled: int | None, record: Record | None
) -> dict[str, Any]:
    window = window_of(session)
    assert window is not None
    rule = PresenceRule(session.rule_version, session.max_missed_seconds)
    settled: Standing | None
    taught = taught_seconds(window.seconds, session.instruction_minutes)
    so_far = standing(attended.seconds if ruled is None else ruled, taught, rule)
    settled = Standing(record.seconds, record.present) if record else so_far
    by = record.by if record else ("evidence" if ruled is None else "operator")
    if record is None and session.expired_at is not None:  # kept for its time, and deleted
        settled = None
    return {
        "course_id": session.course_id,
        "session_id": session.session_id,
        "state": session.state,
        "seconds": settled.seconds if settled else None,
        "present": settled.present if settled else None,
        "by": by,
        "instruction_seconds": record.instruction_seconds if record else taught,
        "rule": {"version": rule.version, "max_missed_seconds": rule.max_missed_seconds},
        "evidence": [
            *(stay_body(stay, "report") for stay in attended.reported),
            *(stay_body(stay, "live") for stay in attended.live),
            *(stay_body(stay, "sheet") for stay in attended.signed),
            *(stay_body(stay, "correction") for stay in attended.corrected),
        ],
        "counted": _counted(session, attended),
        "evidence_sha256": record.evidence_sha256 if record else attended.digest,
        "version": record.evidence_version if record else 0,
    }


def _counted(session: Session, attended: Attended) -> list[dict[str, str]]:
    """The times that the evidence counts, within what was taught and less its breaks."""
    window = taught_window(session)
    found = counting(spans(attended.counted), window) if window is not None else []
    return [{"from": rfc3339(start), "until": rfc3339(end)} for start, end in found]
