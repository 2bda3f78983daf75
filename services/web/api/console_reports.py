"""Rosters and reports to boards: which were made, what stands in one, and making another."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response

from services.web.api.common import PagesDep, new_key
from services.web.api.console_deed import (
    Act,
    Deed,
    asked,
    perform,
    sent,
)
from services.web.api.console_named import Named, all_names, names_of
from services.web.api.console_page import (
    DeskDep,
    PeopleDep,
    away,
    note,
    sheet,
    show,
    whole_sheet,
)
from services.web.api.console_paths import course_path, reports_page
from services.web.api.console_standings import all_or_unknown, boards_of, file_or_why
from services.web.api.missing import missing
from services.web.domain.register_form import Fault
from services.web.domain.report_lines import (
    LINES,
    REPORTS,
    held_in_words,
    line_row,
    report_row,
)
from services.web.domain.tables import table, view_of
from services.web.owners import Answer, Away, or_none, segment
from shared.runtime.edge import EdgeDep

router = APIRouter(include_in_schema=False)
_HERE = "/console/courses/{course_id}/reports"
_MOST = 1_000
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
    query, path = request.query_params, owners_path(course_id)
    as_file = query.get("format") == "csv"
    try:
        if as_file:
            every, name = desk.pages_of("certificates", path), f"{course_id}-reports"
            file = await whole_sheet(every, report_row, REPORTS, query, name)
            if isinstance(file, Response):
                return file
            if file.status != 404:  # a list that was refused is no empty one
                raise Away("certificates")
        listed = await all_or_unknown(desk, path)
    except Away:
        status = 503 if as_file else 200
        return away(request, pages, signed, "courses", "certificates", status)
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


@router.get(_HERE + "/{number}")
async def report(
    course_id: str,
    number: str,
    request: Request,
    pages: PagesDep,
    signed: PeopleDep,
    desk: DeskDep,
    edge: EdgeDep,
) -> Response:
    """One report: what it is, how it was taken, and whom each of its lines is about."""
    it, refused = await found(desk, course_id, number)
    if it is None:
        if refused is None:
            return away(request, pages, signed, "courses", "certificates")
        return missing(request, pages)
    query, path = request.query_params, f"{owners_path(course_id)}/{it['number']}/lines"
    as_file = query.get("format") == "csv"
    await note(edge, "console.course-people-read", course_id)
    view = view_of(query)
    # Where it is searched or sorted by, everybody's name decides who stands there; a file has all.
    by_name = as_file or bool(view.words) or view.column == "name"
    try:
        listed = await all_or_unknown(desk, path, most=None if as_file else _MOST)
        names, whole = await all_names(desk, course_id) if by_name else Named({}, whole=True)
        if as_file and not whole:
            raise Away("registration")
    except Away as why:
        return away(request, pages, signed, "courses", why.owner, 503 if as_file else 200)
    if listed.refused:
        return missing(request, pages)
    rows = _named([line_row(item) for item in listed.items], names)
    if as_file:
        return sheet(rows, LINES, query, f"{course_id}-report-{number}-lines")
    shown = table(rows, LINES, view, listed.more)
    if not by_name:
        ids = [str(row["registration_id"]) for row in shown.rows]
        rows = _named(shown.rows, (await names_of(desk, course_id, ids)).names)
        shown = replace(shown, rows=tuple(rows))
    unnamed = any(row["name"] == row["registration_id"] for row in rows)
    return show(
        request, pages, signed, "courses", "report.html",
        course_id=course_id, it=it, row=report_row(it), table=shown, unnamed=unnamed,
        done=query.get("done", ""),
    )  # fmt: skip


def _named(rows: Any, names: dict[str, str]) -> list[dict[str, Any]]:
    """The same with names; an id where registration says none."""
    return [{**row, "name": names.get(row["registration_id"], row["name"])} for row in rows]


async def found(
    desk: Any, course_id: str, number: str
) -> tuple[dict[str, Any] | None, Answer | None]:
    """The report as certificates lists it; else its refusal, or neither where nobody knows."""
    at = int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0
    if at < 1:
        return None, Answer(404, {})
    path = f"{owners_path(course_id)}?limit=1" + (f"&after={at - 1}" if at > 1 else "")
    told = await or_none(desk.ask("certificates", path))
    if told is None or not told.searched:
        return None, None
    if not told.ok:
        return None, told
    items = [one for one in told.body.get("items") or () if one.get("number") == at]
    return (dict(items[0]), told) if items else (None, Answer(404, {}))


@router.get(_HERE + "/{number}/file")
async def file(
    course_id: str,
    number: str,
    request: Request,
    pages: PagesDep,
    signed: PeopleDep,
    desk: DeskDep,
) -> Response:
    """The very bytes that went out; the reading is audited by certificates."""
    path = f"{owners_path(course_id)}/{segment(number)}"
    name = f"{course_id}-report-{number}"
    return await file_or_why(request, pages, signed, desk, path, name, course_id)
