"""One report to a board: whom its lines are about, how it was taken, and its file."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request, Response

from services.web.api.common import PagesDep
from services.web.api.console_named import Named, all_names, names_of
from services.web.api.console_page import DeskDep, PeopleDep, away, note, sheet, show
from services.web.api.console_reports import owners_path
from services.web.api.console_standings import all_or_unknown, file_or_why
from services.web.api.missing import missing
from services.web.domain.report_lines import LINES, line_row, report_row
from services.web.domain.tables import table, view_of
from services.web.owners import Answer, Away, or_none, segment
from shared.runtime.edge import EdgeDep

router = APIRouter(include_in_schema=False)
_HERE = "/console/courses/{course_id}/reports/{number}"
_MOST = 1_000  # lines of a page's table; the file has all of them


@router.get(_HERE)
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


@router.get(_HERE + "/file")
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
