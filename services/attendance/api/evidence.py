"""Evidence comes in: observations while it happens, reports after it."""

from __future__ import annotations

import csv
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field

from services.attendance.api.bodies import Placed, from_csv, is_csv, lines_of, schema_of
from services.attendance.api.words import (
    MANY,
    Id,
    KeptBody,
    UploadBody,
    grace_of,
    kept_body,
    upload_body,
)
from services.attendance.commands import observing, reporting
from services.attendance.commands.observing import Receipt
from services.attendance.commands.uploads import Sent
from services.attendance.domain import zoom_csv
from services.attendance.domain.keyed import fingerprint
from services.attendance.metrics import count
from services.attendance.models import Course
from shared.dates import zone_of
from shared.errors import Invalid, Malformed
from shared.runtime.asking import PathId, PlatformDep, PlatformSecretDep
from shared.runtime.auth import needs_scope
from shared.runtime.database import Reader
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep, OptionalOnce, ReaderDep
from shared.runtime.problems import problems

router = APIRouter(tags=["evidence"], route_class=Direct)
Zone = Annotated[str | None, Query(max_length=64, description="Of the times in Zoom's CSV")]


class Observations(BaseModel):
    """Lines of one source; each is judged by itself, so that a bad one spoils no other."""

    source: Id
    observations: list[Any] = Field(max_length=1_000)


@router.post(
    "/attendance/v1/observations",
    status_code=202,
    response_model=KeptBody,
    dependencies=[Depends(needs_scope("platform"))],
    responses=problems(400, 401, 403, 409, 422),
)
async def observe(
    body: Observations, edge: EdgeDep, once: OptionalOnce, secret: PlatformSecretDep
) -> Response:
    """Keep observations; repeats are counted, lines that cannot be kept are named."""
    command = observing.observe if len(body.observations) < MANY else observing.observe_alone
    asked = observing.reading(body.source, body.observations, secret)
    told: list[Receipt] = []  # none where it was asked before

    def kept(receipt: Receipt) -> tuple[int, dict[str, Any]]:
        told.append(receipt)
        return 202, kept_body(receipt)

    answer = await edge.run(command, asked, once=once, answer=kept)
    if told:
        count(told[-1])
    return answer


@router.post(
    "/attendance/v1/sessions/{course_id}/{session_id}/report",
    status_code=202,
    response_model=UploadBody,
    responses=problems(400, 401, 403, 404, 409, 422),
    openapi_extra=schema_of("intervals"),
)
async def report(
    course_id: PathId,
    session_id: PathId,
    request: Request,
    caller: PlatformDep,
    edge: EdgeDep,
    reader: ReaderDep,
    once: OptionalOnce,
    secret: PlatformSecretDep,
    zone: Zone = None,
) -> Response:
    """Keep a page of a session's report, as JSON or CSV: with our columns, or as Zoom exports it.

    The times of Zoom's export are wall time of the account's zone: `zone`, else the course's."""
    if not is_csv(request):
        zone = None  # JSON says its times in full
    else:
        zone = zone_of(zone).key if zone is not None else await _zone_of(reader, course_id)
    about, content = f"{course_id}/{session_id}", await request.body()
    read = partial(_intervals, zone=zone, about=about, secret=secret)
    body = await lines_of(request, "intervals", read)
    command = reporting.report if len(body.lines) < MANY else reporting.report_alone
    sent = Sent(fingerprint(secret, content), zone, caller.name)
    text = content.decode("utf-8-sig") if zone is not None else ""
    of = zoom_csv.meetings(text) if zoom_csv.is_zooms(text) else ()
    grace = grace_of(request)
    asked = reporting.reading(course_id, session_id, body.lines, grace, secret, sent, of)
    return await edge.run(
        command, asked, once=once, answer=lambda r: (202, upload_body(r, body.rows))
    )


def _intervals(text: str, *, zone: str | None, about: str, secret: str) -> list[Placed]:
    if not zoom_csv.is_zooms(text):
        return from_csv(text, "joined_at", ("participant_id", "registration_id"))
    if zone is None:
        raise Invalid(
            "zone-unknown",
            "No course of this id is known here, so neither is its zone. Mind the id, or say the "
            "zone of the file's times: ?zone=America/New_York.",
        )
    try:
        return zoom_csv.read(text, zone, about, secret)
    except csv.Error as why:
        raise Malformed("malformed", f"The CSV cannot be read: {why}.") from None


async def _zone_of(reader: Reader, course_id: str) -> str | None:
    course = await reader.get(Course, course_id)
    return course.zone if course else None
