"""Somebody's attendance of one session: drawn by its sources, and corrected by staff.

What a correction would come to is shown before it is made, and what was corrected before stands
beneath. Times are those of the session's clocks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Response

from services.web.api.common import course_of, new_key
from services.web.api.console_deed import NO_REASON, Act, AskedDep, Deed, SentDep, through
from services.web.api.console_paths import attended_page, registration_path, session_path
from services.web.board import sittings_of
from services.web.domain.attendance_form import correction_in, said_of
from services.web.domain.board import Sitting
from services.web.domain.corrected import corrected_of
from services.web.domain.register_form import Fault
from services.web.domain.timeline import timeline_of
from services.web.owners import Away, or_none, segment
from shared.contracts.course import Session
from shared.runtime.database import Reader
from shared.runtime.edge import ReaderDep

router = APIRouter(include_in_schema=False)
_PATH = "/console/registrations/{registration_id}/attendance/{session_id}"
_OWNER = "attendance"


@dataclass(frozen=True, slots=True)
class Of:
    """Whose attendance, and of what: the registration as its owner has it, and the session."""

    one: Mapping[str, Any]
    sitting: Sitting
    session: Session


@router.get(_PATH)
async def ask(registration_id: str, session_id: str, deed: AskedDep, reader: ReaderDep) -> Response:
    """How it stands, and what may be corrected."""
    found = await _found(deed, reader, registration_id, session_id)
    return found if isinstance(found, Response) else await _form(deed, found)


@router.post(_PATH)
async def correct(
    registration_id: str, session_id: str, deed: SentDep, reader: ReaderDep
) -> Response:
    """What it would come to; and once that was seen, the correction."""
    found = await _found(deed, reader, registration_id, session_id)
    if isinstance(found, Response):
        return found
    said, wrong = correction_in(deed.values, found.sitting)
    reason = deed.values.get("reason", "")
    wrong += [] if reason else [NO_REASON]
    look = (attended_page(registration_id, session_id), "their attendance")
    act = Act(
        f"{session_path(found.sitting.course_id, session_id)}/corrections",
        {"registration_id": registration_id, "reason": reason, **said, **_after(deed)},
        look,
        owner=_OWNER,
    )

    async def form(faults: Sequence[Fault], status: int) -> Response:
        return await _form(deed, found, said_of(faults), status)

    async def review(told: Mapping[str, Any], _faults: Sequence[Fault]) -> Response:
        return await _review(deed, found, told, said.get("intervals") or ())

    if wrong and "change" not in deed.form:
        return await form(wrong, 422)
    return await through(
        deed,
        act,
        form=form,
        review=review,
        done=lambda _: attended_page(registration_id, session_id, "corrected"),
    )


async def _found(
    deed: Deed, reader: Reader, registration_id: str, session_id: str
) -> Of | Response:
    known = await deed.known(registration_path(registration_id))
    if known is None:
        return deed.away()
    course = await course_of(reader, str(known.body.get("course_id"))) if known.ok else None
    if course is None:
        return deed.missing()
    places = zip(sittings_of(course), course.sessions, strict=True)
    here = [(sitting, one) for sitting, one in places if sitting.session_id == session_id]
    return Of(known.body, *here[0]) if here else deed.missing()


async def _form(deed: Deed, of: Of, faults: Sequence[Fault] = (), status: int = 200) -> Response:
    registration_id, sitting = str(of.one["registration_id"]), of.sitting
    theirs = f"/attendance/v1/registrations/{segment(registration_id)}"
    told = await or_none(
        deed.desk.ask(_OWNER, f"{theirs}?session_id={segment(sitting.session_id)}")
    )
    if told is None:
        return deed.away(_OWNER)
    sessions = told.body.get("sessions") or () if told.ok else ()
    record = next((one for one in sessions if one["session_id"] == sitting.session_id), None)
    path = f"{session_path(sitting.course_id, sitting.session_id)}/corrections"
    try:
        listed = await deed.desk.all_of(
            _OWNER, f"{path}?registration_id={segment(registration_id)}", most=None
        )
    except Away:
        return deed.away(_OWNER)
    await deed.noted(registration_id)
    corrections = corrected_of(listed.items)
    now = deed.edge.now()
    breaks = [(pause.starts_at, pause.ends_at) for pause in of.session.breaks]
    drawn = None
    if record is not None:
        times = (sitting.starts_at, sitting.ends_at)
        drawn = timeline_of(record, *times, breaks, sitting.zone, now)
    return deed.show(
        "attendance_correct.html",
        status,
        one=of.one,
        s=sitting,
        record=record,
        timeline=drawn,
        corrections=corrections,
        ruling=next((one for one in reversed(corrections) if one.holds), None),
        begun=sitting.starts_at <= now,
        typed=deed.values,
        faults=faults,
        review=None,
        done=deed.request.query_params.get("done", ""),
    )


def _after(deed: Deed) -> dict[str, int]:
    """What was said last when it was weighed, of a correction that was: so that nothing is done
    over what a second of staff said meanwhile."""
    number = deed.values.get("after", "")
    return {"after": int(number[:9])} if deed.sure and number.isascii() and number.isdigit() else {}


async def _review(
    deed: Deed, of: Of, told: Mapping[str, Any], times: Sequence[Mapping[str, str]]
) -> Response:
    await deed.noted(str(of.one["registration_id"]))
    return deed.show(
        "attendance_correct.html",
        one=of.one,
        s=of.sitting,
        review=told,
        way=deed.values.get("way", ""),
        times=times,
        key=new_key(),
    )
