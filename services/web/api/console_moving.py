"""Moving a session: when it takes place then, who is told and what is odd about it, before anybody
is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Response

from services.web.api.common import course_of, new_key
from services.web.api.console_deed import Act, AskedDep, Deed, SentDep, through
from services.web.api.console_paths import course_path
from services.web.api.publishing import published
from services.web.domain.register_form import Fault
from services.web.domain.session_form import recorded_of, when_in
from services.web.owners import Answer, or_none, segment
from shared.contracts.course import Session
from shared.contracts.registration import CourseCancelled, CoursePublished
from shared.runtime.edge import ReaderDep

router = APIRouter(include_in_schema=False)
_PATH = "/console/courses/{course_id}/sessions/{session_id}/move"
# Whom a mail tells of another time; who waits for a seat reads it with the offer.
_TOLD = ("confirmed", "requested", "offered")
_SAME = Fault("", "owner", "The session is at that time already. Nothing would change.")


@router.get(_PATH)
async def ask(course_id: str, session_id: str, deed: AskedDep, reader: ReaderDep) -> Response:
    """When it takes place now, to be changed."""
    course = await course_of(reader, course_id)
    return _form(_of_courses(deed), course, session_id)


@router.post(_PATH)
async def move(course_id: str, session_id: str, deed: SentDep, reader: ReaderDep) -> Response:
    """What would follow; and once that was seen, the move."""
    deed = _of_courses(deed)
    course = await course_of(reader, course_id)
    when, wrong = when_in(deed.values)
    look = (f"/console/courses/{segment(course_id)}", f"the course {course_id}")
    act = Act(f"{course_path(course_id)}/sessions/{segment(session_id)}", when, look, "PUT")

    async def form(faults: Sequence[Fault], status: int) -> Response:
        return _form(deed, course, session_id, faults, status)

    async def review(told: Mapping[str, Any], _faults: Sequence[Fault]) -> Response:
        if not told["changed"]:
            return await form([_SAME], 422)
        return await _review(deed, course, session_id, told)

    def done(told: Answer) -> Response:
        title = "The session is moved"
        return published(deed.request, deed.pages, deed.signed, course_id, told, title=title)

    if wrong and "change" not in deed.form:
        return await form(wrong, 422)
    return await through(deed, act, form=form, review=review, done=done)


def _of_courses(deed: Deed) -> Deed:
    return replace(deed, here="courses")


def _session(course: CoursePublished | CourseCancelled | None, session_id: str) -> Session | None:
    sessions = course.sessions if course is not None else ()
    return next((one for one in sessions if one.session_id == session_id), None)


def _form(
    deed: Deed,
    course: CoursePublished | CourseCancelled | None,
    session_id: str,
    faults: Sequence[Fault] = (),
    status: int = 200,
) -> Response:
    session = _session(course, session_id)
    if session is None:
        return deed.missing()
    return deed.show(
        "session_move.html",
        status,
        course=course,
        session=session,
        typed=dict(deed.values) or recorded_of(session),
        faults=faults,
        review=None,
    )


async def _review(
    deed: Deed,
    course: CoursePublished | CourseCancelled | None,
    session_id: str,
    told: Mapping[str, Any],
) -> Response:
    session = _session(course, session_id)
    if course is None or session is None:
        return deed.missing()
    path = f"{course_path(course.course_id)}/registrations/counts"
    known = await or_none(deed.desk.ask("registration", path))
    counts = known.body["counts"] if known is not None and known.ok else None
    before, after = told["before"], told["after"]
    return deed.show(
        "session_move.html",
        course=course,
        session=session,
        review=told,
        mailed=any(before[name] != after[name] for name in ("starts_at", "ends_at", "status")),
        concerned=sum(counts.get(state, 0) for state in _TOLD) if counts is not None else None,
        key=new_key(),
    )
