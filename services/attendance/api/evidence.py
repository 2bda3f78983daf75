"""Evidence comes in: observations while it happens, reports after it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from services.attendance.api.bodies import from_csv, lines_of, schema_of
from services.attendance.api.words import MANY, Id, ReceiptBody, grace_of, receipt_body
from services.attendance.commands import observing, reporting
from shared.runtime.asking import PathId
from shared.runtime.auth import needs_scope
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep, OptionalOnce
from shared.runtime.problems import problems

router = APIRouter(tags=["evidence"], route_class=Direct)


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
    return await edge.run(command, asked, once=once, answer=lambda r: (202, receipt_body(r)))


@router.post(
    "/attendance/v1/sessions/{course_id}/{session_id}/report",
    status_code=202,
    response_model=ReceiptBody,
    dependencies=[Depends(needs_scope("platform"))],
    responses=problems(400, 401, 403, 404, 409, 422),
    openapi_extra=schema_of("intervals"),
)
async def report(
    course_id: PathId, session_id: PathId, request: Request, edge: EdgeDep, once: OptionalOnce
) -> Response:
    """Keep a page of a session's report, as JSON or CSV."""
    lines = await lines_of(request, "intervals", _intervals)
    command = reporting.report if len(lines) < MANY else reporting.report_alone
    asked = reporting.reading(course_id, session_id, lines, grace_of(request))
    return await edge.run(command, asked, once=once, answer=lambda r: (202, receipt_body(r)))


def _intervals(text: str) -> list[Any]:
    return from_csv(text, "joined_at", ("participant_id", "registration_id"))
