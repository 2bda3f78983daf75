"""A course's roster for a board: who was issued what, as a file a spreadsheet can read.

Written while it is read, a page at a time: ten thousand lines are never in memory at once.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse

from services.certificates.commands.draft import course_as_published
from services.certificates.commands.licence import license_of
from services.certificates.commands.lines import Reported, person_in, reported
from services.certificates.commands.reading import Read, read
from services.certificates.commands.registry import not_there, told_to
from services.certificates.commands.reports import format_of, known_course
from services.certificates.domain.sheets import Registry, in_words, named, sheet
from services.certificates.models import Course, Report
from shared.contracts.boards import Board
from shared.dates import day_of, rfc3339
from shared.errors import Invalid, fault
from shared.runtime.asking import OperatorDep, PathId
from shared.runtime.database import Reader
from shared.runtime.edge import EdgeDep, ReaderDep
from shared.runtime.problems import problems

router = APIRouter(tags=["rosters"])
CSV: dict[str, Any] = {"text/csv": {"schema": {"type": "string"}}}
PAGE = 500
_COLUMNS = (
    *("board", "certificate_number", "status", "name", "profession", "license_state"),
    *("license_number", "credits", "unit", "issued_on", "issued_at"),
)
_STANDING = ("standing", "reason", "detail", "sent_in", "certificate_number", "registration_id")
_ROWS = """
SELECT c.board, c.number, c.status, c.credits, c.unit, c.issued_at, d.page ->> 'name' AS page_name,
    c.person_id, p.profession, p.licenses, p.version, p.erased
FROM certificates c
LEFT JOIN documents d USING (certificate_id) LEFT JOIN people p USING (person_id)
WHERE c.course_id = $1 AND ($2 = '' OR c.board = $2) AND c.status <> 'preparing'
    AND (c.board, c.issued_at, c.number) > ($3, $4, $5)
ORDER BY c.board, c.issued_at, c.number LIMIT $6
"""
_GAVE = "SELECT 1 FROM certificates WHERE course_id = $1 AND board = $2 LIMIT 1"


@router.get(
    "/certificates/v1/courses/{course_id}/roster",
    response_class=Response,
    responses={200: {"content": CSV}, **problems(401, 403, 404, 409, 422)},
)
async def roster(
    course_id: PathId,
    _caller: OperatorDep,
    reader: ReaderDep,
    edge: EdgeDep,
    board: Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$")] = "",
    format_: Annotated[Literal["csv", "cebroker", "pars"], Query(alias="format")] = "csv",
) -> Response:
    """`csv`: one line a certificate, those that hold no more included and marked; all boards, or
    one. `cebroker`, `pars`: a board's lines as its registry wants them, each with how it stands
    (ready, sent, changed, held) and why it is held back. The reading is audited."""
    course = known_course(await reader.get(Course, course_id))
    if format_ == "csv":
        if board:
            await _known_board(reader, course, board)
        lines = as_csv(reader, course, board)
    else:
        if not board:
            wrong = fault("/query/board", "Say which board: each has its own numbers.")
            raise Invalid("board-needed", "A registry's roster is a board's.", errors=[wrong])
        told = await reader.find(told_to(course_id, board))
        form, registry, _ = format_of(course, board, format_, told)
        lines = _as_registry(reader, course, registry, form, told)
    noted = await edge.run(read, Read(course_id, "roster.read", board), answer=lambda _: (200, {}))
    if noted.status_code != 200:
        return noted
    return StreamingResponse(lines, media_type="text/csv", headers=attached("roster", board))


async def _known_board(reader: Reader, course: Course, board: str) -> None:
    """Raises BoardNotThere for a board that is none of the course's, and never gave anything: its
    empty roster would read as if nobody had been issued anything."""
    said = course_as_published(course)
    known = any(one.board == board for one in said.boards)
    if not known and not await reader.fetch(_GAVE, course.course_id, board):
        raise not_there(said)


def attached(*parts: str) -> dict[str, str]:
    """The header by which a file is saved under a name that any system takes."""
    plain = ["".join(each for each in part if each.isascii() and each.isalnum()) for part in parts]
    name = "-".join(part for part in plain if part)
    return {"Content-Disposition": f'attachment; filename="{name}.csv"'}


async def as_csv(reader: Reader, course: Course, board: str = "") -> AsyncIterator[str]:
    """A line a certificate, by board and time."""
    said = course_as_published(course)
    boards = {one.board: one for one in said.boards}
    yield sheet([_COLUMNS])
    after: tuple[str, datetime, str] = ("", datetime(1, 1, 1, tzinfo=UTC), "")
    while page := await reader.fetch(_ROWS, course.course_id, board, *after, PAGE):
        yield sheet(_line(row, boards.get(row["board"]), said.zone) for row in page)
        after = (page[-1]["board"], page[-1]["issued_at"], page[-1]["number"])


def _line(row: Mapping[str, Any], board: Board | None, zone: str) -> list[str]:
    held = license_of(person_in(row), board)
    return [
        row["board"],
        row["number"],
        row["status"],
        row["page_name"] or "",
        (held.profession if held else "") or row["profession"] or "",
        held.state if held else "",
        held.number if held else "",
        row["credits"],
        row["unit"],
        day_of(row["issued_at"], zone).isoformat(),
        rfc3339(row["issued_at"]),
    ]


async def _as_registry(
    reader: Reader, course: Course, registry: Registry, form: str, told: Sequence[Report]
) -> AsyncIterator[str]:
    """A line a registration that has to do with the board: nobody is missing silently."""
    columns = named(form)
    yield sheet([[*columns, *_STANDING]])
    async for page in reported(reader.fetch, course, registry.board, form, told):
        yield sheet([*_told(form, registry, one, len(columns)), *_stands(one)] for one in page)


def _told(form: str, registry: Registry, one: Reported, columns: int) -> list[str]:
    return in_words(form, registry, one.line) if one.line else [""] * columns


def _stands(one: Reported) -> list[str]:
    return [
        one.state,
        one.lack.reason if one.lack else "",
        one.lack.detail if one.lack else "",
        f"{one.sent.report}/{one.sent.line}" if one.sent else "",
        one.line.number if one.line else "",
        one.registration_id,
    ]
