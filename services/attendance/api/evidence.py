"""Evidence comes in: observations while it happens, reports after it."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from services.attendance.api.words import MANY, Id, ReceiptBody, grace_of
from services.attendance.commands import observing, reporting
from services.attendance.commands.observing import Receipt
from shared.errors import Invalid, Malformed, fault
from shared.runtime.asking import PathId
from shared.runtime.auth import needs_scope
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep, OptionalOnce
from shared.runtime.problems import problems

router = APIRouter(tags=["evidence"], route_class=Direct)
MOST_LINES = 10_000
_INTERVALS = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["intervals"],
                    "properties": {
                        "intervals": {
                            "type": "array",
                            "maxItems": MOST_LINES,
                            "items": {"type": "object"},
                        }
                    },
                }
            },
            "text/csv": {"schema": {"type": "string"}},
        },
    }
}


class Observations(BaseModel):
    """Lines of one source; each is judged by itself, so that a bad one spoils no other."""

    source: Id
    observations: list[Any] = Field(max_length=1_000)


@router.post(
    "/attendance/v1/observations",
    status_code=202,
    response_model=ReceiptBody,
    dependencies=[Depends(needs_scope("platform"))],
    responses=problems(400, 401, 403, 409, 422),
)
async def observe(body: Observations, edge: EdgeDep, once: OptionalOnce) -> Response:
    """Keep observations; repeats are counted, lines that cannot be kept are named."""
    command = observing.observe if len(body.observations) < MANY else observing.observe_alone
    asked = observing.reading(body.source, body.observations)
    return await edge.run(command, asked, once=once, answer=_receipt)


@router.post(
    "/attendance/v1/sessions/{course_id}/{session_id}/report",
    status_code=202,
    response_model=ReceiptBody,
    dependencies=[Depends(needs_scope("platform"))],
    responses=problems(400, 401, 403, 404, 409, 422),
    openapi_extra=_INTERVALS,
)
async def report(
    course_id: PathId, session_id: PathId, request: Request, edge: EdgeDep, once: OptionalOnce
) -> Response:
    """Keep a page of a session's report, as JSON or CSV."""
    lines = await _lines(request)
    if len(lines) > MOST_LINES:
        raise Invalid("report-too-long", f"A page of a report has at most {MOST_LINES} lines.")
    command = reporting.report if len(lines) < MANY else reporting.report_alone
    asked = reporting.reading(course_id, session_id, lines, grace_of(request))
    return await edge.run(command, asked, once=once, answer=_receipt)


async def _lines(request: Request) -> list[Any]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await request.body()
    if kind in ("text/csv", "application/csv"):
        return await asyncio.to_thread(_from_csv, body)
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        raise Malformed("malformed", "The body is neither JSON nor CSV (`text/csv`).") from None
    lines = given.get("intervals") if isinstance(given, dict) else None
    if not isinstance(lines, list):
        faults = [fault("/intervals", "is a list of lines")]
        raise Invalid("invalid", "The request does not fit.", errors=faults)
    return lines


def _from_csv(body: bytes) -> list[Any]:
    """Lines by the names of the first row; a comma or a semicolon between fields."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Malformed("malformed", "The CSV is not UTF-8.") from None
    head, _, _ = text.partition("\n")
    mark = ";" if head.count(";") > head.count(",") else ","
    try:
        read = csv.DictReader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
        rows = list(read)
    except csv.Error as why:
        raise Malformed("malformed", f"The CSV cannot be read: {why}.") from None
    names = {name.strip().lower() for name in read.fieldnames or ()}
    if "joined_at" not in names or not names & {"participant_id", "registration_id"}:
        raise Invalid(
            "invalid", "The first row names the columns; participant_id and joined_at are needed."
        )
    return [
        {name.strip().lower(): value for name, value in row.items() if name and value is not None}
        for row in rows
    ]


def _receipt(receipt: Receipt) -> tuple[int, Any]:
    refused = [{"index": index, "detail": detail} for index, detail in receipt.refused]
    return 202, {
        "accepted": receipt.accepted,
        "duplicates": receipt.duplicates,
        "refused": refused,
    }
