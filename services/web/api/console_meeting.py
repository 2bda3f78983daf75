"""The meeting behind everybody's join link is swapped: what follows is said before it is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from fastapi import APIRouter, Response

from services.web.api.common import new_key
from services.web.api.console_deed import Act, AskedDep, Deed, SentDep, perform
from services.web.api.console_page import sitting_of
from services.web.api.console_paths import session_page, session_path
from services.web.domain.board import Sitting
from services.web.domain.register_form import Fault
from services.web.owners import or_none
from shared.addresses import is_web_address
from shared.runtime.edge import ReaderDep

router = APIRouter(include_in_schema=False)
_PATH = "/console/courses/{course_id}/sessions/{session_id}/meeting"
_OWNER = "attendance"
_LONGEST = 200  # letters of a meeting's id
_NO_MEETING = Fault("meeting", "missing", "Say by which id the platform knows the meeting.")
_TOO_LONG = Fault("meeting", "too-long", f"An id has at most {_LONGEST} letters.")
_NO_ADDRESS = Fault("url", "no-address", "Say its whole address: it begins with https:// .")
_SAME = Fault(
    "", "same", "That meeting stands behind the join links already. Nothing would change."
)


@router.get(_PATH)
async def ask(course_id: str, session_id: str, deed: AskedDep, reader: ReaderDep) -> Response:
    """Which meeting stands now."""
    sitting = await sitting_of(reader, course_id, session_id)
    return await _page(_of_courses(deed), sitting)


@router.post(_PATH)
async def swap(course_id: str, session_id: str, deed: SentDep, reader: ReaderDep) -> Response:
    """What would follow; and once that was seen, the swap."""
    deed = _of_courses(deed)
    sitting = await sitting_of(reader, course_id, session_id)
    values = deed.values
    meeting, url = values.get("meeting", ""), values.get("url", "")
    wrong = [] if meeting else [_NO_MEETING]
    wrong += [_TOO_LONG] if len(meeting) > _LONGEST else []
    wrong += [] if is_web_address(url) else [_NO_ADDRESS]

    async def form(faults: Sequence[Fault], status: int) -> Response:
        return await _page(deed, sitting, faults, status)

    if sitting is None:
        return deed.missing()
    if "change" in deed.form:
        return await form((), 200)
    if wrong:
        return await form(wrong, 422)
    if not deed.sure:
        return await _page(deed, sitting, review=True)
    act = Act(
        f"{session_path(course_id, session_id)}/meeting",
        {"meeting_id": meeting, "url": url},
        (session_page(course_id, session_id), "the session"),
        "PUT",
        _OWNER,
    )
    done = session_page(course_id, session_id, "swapped")
    return await perform(deed, act, form=form, done=lambda _: done)


def _of_courses(deed: Deed) -> Deed:
    return replace(deed, here="courses")


async def _page(
    deed: Deed,
    sitting: Sitting | None,
    faults: Sequence[Fault] = (),
    status: int = 200,
    *,
    review: bool = False,
) -> Response:
    if sitting is None:
        return deed.missing()
    path = f"{session_path(sitting.course_id, sitting.session_id)}?records=false"
    told = await or_none(deed.desk.ask(_OWNER, path, timeout=10))
    if told is None:
        return deed.away(_OWNER)
    if not told.ok:
        return deed.missing()
    stands = told.body.get("meeting") or {}
    typed = deed.values or {"meeting": stands.get("meeting_id", ""), "url": stands.get("url", "")}
    same = [typed.get(name, "") == stands.get(it) for name, it in _NAMES]
    if review and all(same):
        review, faults, status = False, [_SAME], 422
    return deed.show(
        "session_meeting.html",
        status,
        s=sitting,
        told=told.body,
        stands=stands,
        only_address=same[0],
        typed=typed,
        faults=faults,
        review=review,
        key=new_key(),
    )


_NAMES = (("meeting", "meeting_id"), ("url", "url"))
