"""A course's roster for a board: who was issued what, as a file a spreadsheet can read."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from services.certificates.commands.draft import course_as_published, license_of
from services.certificates.models import Course, Person
from shared.contracts.course import Board
from shared.dates import day_of, rfc3339
from shared.errors import Invalid, NotFound
from shared.runtime.asking import OperatorDep, PathId
from shared.runtime.edge import ReaderDep
from shared.runtime.problems import problems

router = APIRouter(tags=["rosters"])
_COLUMNS = (
    *("board", "certificate_number", "status", "name", "profession", "license_state"),
    *("license_number", "credits", "unit", "issued_on", "issued_at"),
)
_ROWS = """
SELECT c.board, c.number, c.status, c.credits, c.unit, c.issued_at, d.page->>'name' AS name,
    c.person_id, p.profession, p.licenses, p.version, p.erased
FROM certificates c
LEFT JOIN documents d USING (certificate_id) LEFT JOIN people p USING (person_id)
WHERE c.course_id = $1 AND ($2 = '' OR c.board = $2) AND c.status <> 'preparing'
ORDER BY c.board, c.issued_at, c.number
"""


@router.get(
    "/certificates/v1/courses/{course_id}/roster",
    response_class=Response,
    responses={200: {"content": {"text/csv": {}}}, **problems(401, 403, 404, 422)},
)
async def roster(
    course_id: PathId,
    _caller: OperatorDep,
    reader: ReaderDep,
    board: Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$")] = "",
    format_: Annotated[str, Query(alias="format", max_length=20)] = "csv",
) -> Response:
    """One line a certificate, those that hold no more included and marked; all boards, or one."""
    if format_ != "csv":
        raise Invalid("format-unknown", "The roster is given as csv.")
    course = await reader.get(Course, course_id)
    if course is None or not course.document:
        raise NotFound("course-unknown", "There is no such course.")
    said = course_as_published(course)
    boards = {one.board: one for one in said.boards}
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\r\n")
    lines.writerow(_COLUMNS)
    for row in await reader.fetch(_ROWS, course_id, board):
        lines.writerow([_cell(value) for value in _line(row, boards.get(row["board"]), said.zone)])
    name = f'attachment; filename="roster{"-" if board else ""}{_plain(board)}.csv"'
    return Response(out.getvalue(), media_type="text/csv", headers={"Content-Disposition": name})


def _line(row: Mapping[str, Any], board: Board | None, zone: str) -> list[str]:
    held = license_of(_person(row), board)
    return [
        row["board"],
        row["number"],
        row["status"],
        row["name"] or "",
        (held.profession if held else "") or row["profession"] or "",
        held.state if held else "",
        held.number if held else "",
        row["credits"],
        row["unit"],
        day_of(row["issued_at"], zone).isoformat(),
        rfc3339(row["issued_at"]),
    ]


def _person(row: Mapping[str, Any]) -> Person:
    return Person(
        person_id=row["person_id"],
        version=row["version"] or 0,
        name=row["name"] or "",
        profession=row["profession"] or "",
        licenses=row["licenses"] or [],
        erased=bool(row["erased"]),
    )


def _cell(text: str) -> str:
    """What a spreadsheet would take for a formula is marked as text."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text


def _plain(board: str) -> str:
    return "".join(letter for letter in board if letter.isascii() and letter.isalnum())
