"""Rosters and reports to boards: which were made, and making another."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response

from services.web.api.common import PagesDep, new_key
from services.web.api.console_deed import Act, Deed, asked, perform, sent
from services.web.api.console_page import DeskDep, PeopleDep, away, show
from services.web.api.console_paths import course_path, reports_page
from services.web.api.console_standings import boards_of, listed_or_file
from services.web.api.missing import missing
from services.web.domain.register_form import Fault
from services.web.domain.report_lines import REPORTS, held_in_words, report_row
from services.web.domain.tables import table, view_of
from services.web.owners import Answer, Away, or_none, segment

router = APIRouter(include_in_schema=False)
_HERE = "/console/courses/{course_id}/reports"
FORMATS = (
    ("", "as the course says"),
    ("csv", "a plain sheet"),
    ("cebroker", "CE Broker"),
    ("pars", "ACCME PARS"),
)


async def asked_here(deed: Annotated[Deed, Depends(asked)]) -> Deed:
    """FastAPI dependency: a form of a course's is shown."""
    return replace(deed, here="courses")


async def sent_here(deed: Annotated[Deed, Depends(sent)]) -> Deed:
    """FastAPI dependency: it was sent."""
    return replace(deed, here="courses")


AskedHere = Annotated[Deed, Depends(asked_here)]
SentHere = Annotated[Deed, Depends(sent_here)]


def owners_path(course_id: str) -> str:
    """Where certificates has the reports of a course."""
    return f"/certificates/v1/courses/{segment(course_id)}/reports"


@router.get(_HERE)
async def reports(
    course_id: str, request: Request, pages: PagesDep, signed: PeopleDep, desk: DeskDep
) -> Response:
    """All reports of a course, the last first; a board's roster as a file; CSV of the list."""
    known = await or_none(desk.ask("registration", course_path(course_id)))
    if known is None or not known.searched:
        return away(request, pages, signed, "courses", "registration")
    if not known.ok:
        return missing(request, pages, "course")
    query, name = request.query_params, f"{course_id}-reports"
    try:
        listed = await listed_or_file(
            desk, owners_path(course_id), report_row, REPORTS, query, name
        )
    except Away:
        status = 503 if query.get("format") == "csv" else 200
        return away(request, pages, signed, "courses", "certificates", status)
    if isinstance(listed, Response):
        return listed
    rows = [report_row(item) for item in reversed(listed.items)]
    return show(
        request,
        pages,
        signed,
        "courses",
        "reports.html",
        course=known.body,
        boards=boards_of(known.body),
        table=None if listed.refused else table(rows, REPORTS, view_of(query), listed.more),
        done=query.get("done", ""),
    )


@router.get(_HERE + "/new")
async def ask(course_id: str, deed: AskedHere) -> Response:
    """What a report to a board would hold."""
    query = deed.request.query_params
    form = {"board": query.get("board", "")[:200], "format": query.get("format", "")}
    return await _new(replace(deed, values=form), course_id)


@router.post(_HERE + "/new")
async def make(course_id: str, deed: SentHere) -> Response:
    """Make it: whoever was not reported yet, and corrections as a report of their own."""

    async def form(faults: Any, status: int) -> Response:
        return await _new(deed, course_id, faults, status)

    def done(told: Answer) -> str:
        word = "made" if told.body.get("made") else "nothing"
        return f"{reports_page(course_id)}?{urlencode({'done': word})}"

    body = {"board": deed.values.get("board", ""), "format": deed.values.get("format", "")}
    look = (reports_page(course_id), "the reports of this course")
    act = Act(owners_path(course_id), body, look, owner="certificates")
    return await perform(deed, act, form=form, done=done)


async def _new(deed: Deed, course_id: str, faults: Any = (), status: int = 200) -> Response:
    known = await deed.known(course_path(course_id))
    if known is None or not known.searched:
        return deed.away()
    boards = boards_of(known.body) if known.ok else ()
    board = deed.values.get("board", "")
    if not known.ok or not board:
        return deed.missing()
    form = deed.values.get("format", "")
    form = form if form in dict(FORMATS) else ""
    path, asked_for = f"{owners_path(course_id)}/preview", {"board": board, "format": form}
    told = await or_none(deed.desk.act("certificates", path, asked_for))
    if told is None:
        return deed.away("certificates")
    if told.status == 404:
        return deed.missing()
    wrong = [] if told.ok else [Fault("", "owner", told.detail or "It was refused.")]
    return deed.show(
        "report_new.html",
        status if told.ok or faults else told.status,
        faults=faults or wrong,
        course=known.body,
        boards=boards,
        board=board,
        form=form,
        formats=FORMATS,
        due=told.body if told.ok else None,
        before=[dict(FORMATS).get(one, one) for one in told.body.get("reported_as") or ()],
        held=held_in_words(told.body.get("held") or {}) if told.ok else [],
        key=new_key(),
    )
