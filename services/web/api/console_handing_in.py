"""Reports of a session: a file is handed in, what was taken of it is said line by line, and one
that was the wrong one is withdrawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from services.web.api.common import PagesDep, key_of, new_key
from services.web.api.console_deed import NO_REASON, Act, AskedDep, Deed, SentDep, perform
from services.web.api.console_page import DeskDep, RunsDep, once_more, sitting_of
from services.web.api.console_paths import session_page, session_path
from services.web.api.signed_in import TheirPartsDep
from services.web.domain.board import Sitting
from services.web.domain.register_form import Fault
from services.web.domain.report_file import MOST, NoText, Taken, kind_of, taken_of, text_of
from services.web.domain.zones import known as known_zone
from services.web.owners import Answer, Away, or_none, segment
from services.web.staff import REUSED
from shared.runtime.edge import EdgeDep, ReaderDep

router = APIRouter(include_in_schema=False)
_PATH = "/console/courses/{course_id}/sessions/{session_id}/reports"
_OWNER = "attendance"
_ORIGINS = {"report": "Report", "sheet": "Sheet that was signed"}
_NO_FILE = Fault("file", "missing", "Choose a file.")
_NO_TEXT = Fault("file", "no-text", "This is no text in UTF-8. Save it as CSV (UTF-8) first.")
_TOO_LARGE = Fault("file", "too-large", "It is larger than 1.9 MB. Send it in parts.")
_NO_ZONE = Fault("zone", "no-zone", "There is no such zone. One is America/New_York.")


async def sent_file(
    request: Request,
    pages: PagesDep,
    signed: RunsDep,
    parts: TheirPartsDep,
    desk: DeskDep,
    edge: EdgeDep,
) -> tuple[Deed, bytes]:
    """FastAPI dependency: what was sent, and the file that was chosen, or was carried along."""
    form = {name: part for name, part in parts.items() if isinstance(part, str)}
    values = {"zone": form.get("zone", "").strip()[:64]}
    deed = Deed(request, pages, signed, desk, edge, form, values, "courses")
    file = parts.get("file", b"")
    chosen = file if isinstance(file, bytes) else file.encode()
    return deed, chosen or form.get("text", "").encode()


SentFileDep = Annotated[tuple[Deed, bytes], Depends(sent_file)]


@dataclass(frozen=True, slots=True)
class _Said:
    """What the page says besides: what is wrong, or what became of a file."""

    faults: Sequence[Fault] = ()
    status: int = 200
    taken: Taken | None = None
    key: str = ""


@router.get(_PATH)
async def ask(course_id: str, session_id: str, deed: AskedDep, reader: ReaderDep) -> Response:
    """What was handed in so far."""
    return await _page(_of_courses(deed), await sitting_of(reader, course_id, session_id), _Said())


@router.post(_PATH)
async def hand_in(
    course_id: str, session_id: str, sent: SentFileDep, reader: ReaderDep
) -> Response:
    """Take a report, and say what became of each of its lines."""
    deed, file = sent
    sitting = await sitting_of(reader, course_id, session_id)
    if sitting is None:
        return deed.missing()
    zone = deed.values["zone"]
    wrong = [] if not zone or known_zone(zone) else [_NO_ZONE]
    wrong += [_TOO_LARGE] if len(file) > MOST else [] if file.strip() else [_NO_FILE]
    try:
        text = text_of(file)
    except NoText:
        text, wrong = "", [*wrong, _NO_TEXT]
    if wrong:
        return await _page(deed, sitting, _Said(wrong, 422))
    asked = f"?zone={segment(zone)}" if zone else ""
    path = f"{session_path(course_id, session_id)}/report{asked}"
    form = {"text": text, "zone": zone, "key": key_of(dict(deed.form))}
    try:
        told = await deed.desk.send(_OWNER, path, text.encode(), kind_of(text), key=form["key"])
    except Away:
        return once_more(
            deed.request, deed.pages, deed.signed, deed.here, _OWNER, form,
            look=(deed.request.url.path, "what was handed in"), parts=True,
        )  # fmt: skip
    if not told.ok:
        return await _page(deed, sitting, _Said(_faults(told), told.status))
    return await _page(deed, sitting, _Said(taken=taken_of(told.body, text)))


@router.get(_PATH + "/{number}/withdraw")
async def ask_withdrawal(
    course_id: str, session_id: str, number: int, deed: AskedDep, reader: ReaderDep
) -> Response:
    """What withdrawing it would mean."""
    sitting = await sitting_of(reader, course_id, session_id)
    return await _withdrawal(_of_courses(deed), sitting, number)


@router.post(_PATH + "/{number}/withdraw")
async def withdraw(
    course_id: str, session_id: str, number: int, deed: SentDep, reader: ReaderDep
) -> Response:
    """Let it count no more."""
    deed = _of_courses(deed)
    sitting = await sitting_of(reader, course_id, session_id)

    async def form(faults: Sequence[Fault], status: int) -> Response:
        return await _withdrawal(deed, sitting, number, faults, status)

    reason = deed.values.get("reason", "")
    if not reason:
        return await form([NO_REASON], 422)
    page = f"{session_page(course_id, session_id)}/reports"
    act = Act(
        f"{session_path(course_id, session_id)}/uploads/{number}/withdraw",
        {"reason": reason},
        (page, "what was handed in"),
        owner=_OWNER,
    )
    return await perform(deed, act, form=form, done=lambda _: f"{page}?done=withdrawn")


def _of_courses(deed: Deed) -> Deed:
    return replace(deed, here="courses")


def _faults(told: Answer) -> list[Fault]:
    if told.slug == REUSED:
        return [Fault("", "sent-before", told.detail)]
    said = [str(one.get("detail") or "") for one in told.faults]
    return [Fault("file", "owner", one) for one in said or [told.detail or "It was refused."]]


async def _uploads(deed: Deed, sitting: Sitting) -> list[Mapping[str, Any]] | None:
    """All of the session, the last first; None where attendance does not say."""
    path = f"{session_path(sitting.course_id, sitting.session_id)}/uploads"
    listed = await or_none(deed.desk.all_of(_OWNER, path, most=None))
    if listed is None:
        return None
    items = sorted(listed.items, key=lambda one: -int(one["number"]))
    return [{**one, "what": _ORIGINS.get(str(one["origin"]), one["origin"])} for one in items]


async def _page(deed: Deed, sitting: Sitting | None, said: _Said) -> Response:
    if sitting is None:
        return deed.missing()
    uploads = await _uploads(deed, sitting)
    live = f"{session_path(sitting.course_id, sitting.session_id)}?records=false"
    seen = await or_none(deed.desk.ask(_OWNER, live, timeout=10))
    if uploads is None and not deed.form:  # what was sent is answered, whatever the list says
        return deed.away(_OWNER)
    return deed.show(
        "session_reports.html",
        said.status,
        s=sitting,
        uploads=uploads,
        unmatched=seen.body.get("unmatched") if seen is not None and seen.ok else None,
        state=str(seen.body.get("state") or "") if seen is not None and seen.ok else "",
        taken=said.taken,
        typed=deed.values,
        faults=said.faults,
        done=deed.request.query_params.get("done", ""),
        key=new_key(),
    )


async def _withdrawal(
    deed: Deed,
    sitting: Sitting | None,
    number: int,
    faults: Sequence[Fault] = (),
    status: int = 200,
) -> Response:
    if sitting is None:
        return deed.missing()
    uploads = await _uploads(deed, sitting)
    if uploads is None:
        return deed.away(_OWNER)
    one = next((each for each in uploads if each["number"] == number), None)
    if one is None:
        return deed.missing()
    return deed.show(
        "session_report_withdraw.html",
        status,
        s=sitting,
        it=one,
        typed=deed.values,
        faults=faults,
        key=new_key(),
    )
