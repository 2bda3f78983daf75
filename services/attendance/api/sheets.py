"""Sheets to sign for rooms: the blank one, and what was signed."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

from fastapi import APIRouter, Depends, Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.attendance.api.words import UploadBody, grace_of, upload_body
from services.attendance.commands import sheets
from services.attendance.commands.observing import Receipt
from services.attendance.commands.sheets import Print, ToSign
from services.attendance.commands.uploads import Sent
from services.attendance.domain.keyed import fingerprint
from services.attendance.domain.sheets import MOST, Printed, SheetInvalid, blank, read_csv
from shared.dates import parse_instant, rfc3339, zone_of
from shared.errors import Invalid, Malformed, fault
from shared.runtime.asking import OperatorDep, PathId, PlatformSecretDep
from shared.runtime.auth import needs_scope
from shared.runtime.edge import EdgeDep, OptionalOnce
from shared.runtime.problems import problems

router = APIRouter(tags=["sheets"])
_PATH = "/attendance/v1/sessions/{course_id}/{session_id}/sheet"
_TEMPLATES = Path(__file__).parent.parent / "templates"
_SPARE = 6  # empty rows for who is not on the list
_OPERATOR = [Depends(needs_scope("operator"))]
_PRIVATE = {"Cache-Control": "no-store"}
_LINES = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["lines"],
                    "properties": {
                        "lines": {"type": "array", "maxItems": MOST, "items": {"type": "object"}}
                    },
                }
            },
            "text/csv": {"schema": {"type": "string"}},
        },
    }
}


class SheetReceiptBody(UploadBody):
    """What became of the lines; `blank` are those that nobody signed."""

    blank: int


@router.post(
    _PATH,
    status_code=202,
    response_model=SheetReceiptBody,
    responses=problems(400, 401, 403, 404, 409, 422),
    openapi_extra=_LINES,
)
async def keep(
    course_id: PathId,
    session_id: PathId,
    request: Request,
    caller: OperatorDep,
    edge: EdgeDep,
    once: OptionalOnce,
    secret: PlatformSecretDep,
) -> Response:
    """Keep what was signed: `registration_id` or `name`, `signed_in`, `signed_out`, CSV or JSON."""
    lines = await _lines(request)
    if len(lines) > MOST:
        raise SheetInvalid(f"A sheet has at most {MOST} lines.")
    sent = Sent(fingerprint(secret, await request.body()), None, caller.name)
    asked = sheets.reading(course_id, session_id, lines, grace_of(request), secret, sent)

    def told(receipt: Receipt) -> tuple[int, Any]:
        return 202, {**upload_body(receipt), "blank": asked.blank}

    return await edge.run(sheets.keep_sheet, asked, once=once, answer=told)


@router.get(
    _PATH,
    dependencies=_OPERATOR,
    response_class=Response,
    responses={
        200: {"content": {"text/csv": {}, "text/html": {}}},
        **problems(401, 403, 404, 409, 422),
    },
)
async def printed(
    course_id: PathId,
    session_id: PathId,
    edge: EdgeDep,
    format: Literal["csv", "html"] = "html",  # noqa: A002  (its name in the address)
) -> Response:
    """The sheet to print and sign: who is expected, by name. As CSV it reads back filled in."""
    asked = Print(course_id, session_id)
    answer = await edge.run(sheets.print_sheet, asked, answer=_as_json)
    if answer.status_code != 200:
        return answer
    found = json.loads(bytes(answer.body))
    rows = [Printed(*row) for row in found.pop("rows")]
    if format == "csv":
        named = {"Content-Disposition": 'attachment; filename="sign-in.csv"'}
        return Response(blank(rows), media_type="text/csv", headers={**_PRIVATE, **named})
    return Response(_page(found, rows), media_type="text/html", headers=_PRIVATE)


async def _lines(request: Request) -> list[tuple[int, Any]]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await request.body()
    if kind in ("text/csv", "application/csv"):
        return list(await asyncio.to_thread(read_csv, body))
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        raise Malformed("malformed", "The body is neither JSON nor CSV (`text/csv`).") from None
    lines = given.get("lines") if isinstance(given, dict) else None
    if not isinstance(lines, list):
        faults = [fault("/lines", "is a list of lines")]
        raise Invalid("invalid", "The request does not fit.", errors=faults)
    return list(enumerate(lines))


def _as_json(sheet: ToSign) -> tuple[int, Any]:
    return 200, {
        "course": sheet.course,
        "session": sheet.session,
        "location": sheet.location,
        "zone": sheet.zone,
        "starts_at": rfc3339(sheet.starts_at),
        "ends_at": rfc3339(sheet.ends_at),
        "rows": [[row.number, row.name, row.registration_id] for row in sheet.rows],
    }


def _page(found: dict[str, Any], rows: list[Printed]) -> str:
    zone = zone_of(found["zone"])
    starts, ends = (
        parse_instant(found[name]).astimezone(zone) for name in ("starts_at", "ends_at")
    )
    return (
        _templates()
        .get_template("sheet.html")
        .render(
            course=found["course"],
            session=found["session"],
            location=found["location"],
            day=f"{starts:%A, %-d %B %Y}",
            hours=_hours(starts, ends),
            zone=found["zone"].rpartition("/")[2].replace("_", " "),
            rows=rows,
            spare=range(len(rows) + 1, len(rows) + 1 + _SPARE),
        )
    )


def _hours(starts: datetime, ends: datetime) -> str:
    """The session's hours, in the way in which the sheet is to be filled in."""
    until = f"{ends:%H:%M}" if starts.date() == ends.date() else f"{ends:%H:%M} ({ends:%-d %B})"
    return f"{starts:%H:%M} to {until} {ends:%Z}"


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined
    )
