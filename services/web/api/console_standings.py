"""The certificates of a course: who holds one, who lacks what, which are in question or revoked;
and the roster of a board as a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from services.web.api.common import PagesDep
from services.web.api.console_page import Choices, DeskDep, PeopleDep, away, note, show, whole_sheet
from services.web.api.console_paths import course_path
from services.web.api.missing import missing
from services.web.domain.standings import STANDINGS, STATES, standing_row
from services.web.domain.tables import Column, Row, table, view_of
from services.web.owners import Away, or_none, segment
from services.web.render import PERSONAL
from services.web.staff import Desk, Listed
from shared.runtime.edge import EdgeDep

router = APIRouter(include_in_schema=False)
_COURSE = "/console/courses/{course_id}"
_MOST = 1_000  # lines of a page's table; the file has all of them
_ROSTERS = ("csv", "cebroker", "pars")
_FILE = PERSONAL | {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}


@router.get(_COURSE + "/certificates")
async def standings(
    course_id: str,
    request: Request,
    pages: PagesDep,
    signed: PeopleDep,
    desk: DeskDep,
    edge: EdgeDep,
) -> Response:
    """A line a person and board; narrowed by certificates, found by words and sorted here."""
    known = await or_none(desk.ask("registration", course_path(course_id)))
    if known is None or not known.searched:
        return away(request, pages, signed, "courses", "registration")
    if not known.ok:
        return missing(request, pages, "course")
    query = request.query_params
    board, state = query.get("board", "")[:200], query.get("state", "")
    state = state if state in STATES else ""
    path = f"/certificates/v1/courses/{segment(course_id)}/standings"
    asked = f"{path}?{urlencode({'board': board, 'state': state})}"
    await note(edge, "console.course-people-read", course_id)
    name = f"{course_id}-certificates"
    try:
        listed = await listed_or_file(desk, asked, standing_row, STANDINGS, query, name)
    except Away:
        status = 503 if query.get("format") == "csv" else 200
        return away(request, pages, signed, "courses", "certificates", status)
    if isinstance(listed, Response):
        return listed
    shown = None
    if listed.refused is None:
        rows = [standing_row(item) for item in listed.items]
        shown = table(rows, STANDINGS, view_of(query, ["board", "state"]), listed.more)
    names = boards_of(known.body, board)
    return show(
        request,
        pages,
        signed,
        "courses",
        "course_certificates.html",
        course=known.body,
        table=shown,
        boards=boards_of(known.body),
        filters=[
            Choices("board", "Board", board, [("", "every"), *((one, one) for one in names)]),
            Choices("state", "State", state, [("", "all"), *STATES.items()]),
        ],
    )


@router.get(_COURSE + "/roster")
async def roster(
    course_id: str, request: Request, pages: PagesDep, signed: PeopleDep, desk: DeskDep
) -> Response:
    """The roster as certificates writes it; the reading is audited there. A refusal is told."""
    query = request.query_params
    form = query.get("format") if query.get("format") in _ROSTERS else "csv"
    board = query.get("board", "")[:200]
    path = f"/certificates/v1/courses/{segment(course_id)}/roster"
    asked = f"{path}?{urlencode({'board': board, 'format': form})}"
    plain = "".join(each for each in board if each.isascii() and each.isalnum())
    parts = (course_id, "roster", plain, form)
    name = "-".join(part for part in parts if part and part != "csv")
    return await file_or_why(request, pages, signed, desk, asked, name, course_id)


async def all_or_unknown(desk: Desk, path: str, most: int | None = _MOST) -> Listed:
    """A list of certificates'; `refused` where it knows no such course or report. Raises Away where
    it refused for any other reason: then nobody knows what there is."""
    listed = await desk.all_of("certificates", path, most=most)
    if listed.refused is not None and listed.refused.status != 404:
        raise Away("certificates")
    return listed


async def listed_or_file(
    desk: Desk,
    path: str,
    row_of: Callable[[Mapping[str, Any]], Row],
    columns: Sequence[Column],
    query: Mapping[str, str],
    name: str,
) -> Listed | Response:
    """A list of certificates', or all of it as the file that was asked for. Raises Away."""
    if query.get("format") == "csv":
        file = await whole_sheet(desk.pages_of("certificates", path), row_of, columns, query, name)
        if isinstance(file, Response):
            return file
        if file.status != 404:  # a list that was refused is no empty one
            raise Away("certificates")
    return await all_or_unknown(desk, path)


async def file_or_why(
    request: Request,
    pages: Any,
    signed: Any,
    desk: Any,
    path: str,
    name: str,
    course_id: str,
) -> Response:
    """A file of certificates; where it gives none, a page that says why, in its words."""
    try:
        file = await desk.file("certificates", path)
        refused = None if file is not None else await desk.ask("certificates", path)
    except Away:
        return away(request, pages, signed, "courses", "certificates", 503)
    if file is not None:
        named = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
        return Response(file, media_type="text/csv; charset=utf-8", headers=_FILE | named)
    if refused is None or refused.status == 404:
        return missing(request, pages)
    return show(
        request, pages, signed, "courses", "course_file_refused.html", refused.status,
        course_id=course_id, why=refused.detail or "Certificates refused it.",
    )  # fmt: skip


def boards_of(course: Mapping[str, Any], besides: str = "") -> Sequence[str]:
    """The boards of a course in its order, and one more where it is none of them."""
    names = [str(one["board"]) for one in course.get("boards") or ()]
    return names if not besides or besides in names else [*names, besides]
