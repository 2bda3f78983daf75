"""Certificates for staff: which boards' approvals end while their courses go on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response

from services.web.api.common import PagesDep
from services.web.api.console_page import Choices, DeskDep, ReadsDep, away, sheet, show
from services.web.domain.tables import Column, table, view_of
from services.web.owners import Away

router = APIRouter(include_in_schema=False)
APPROVALS = (
    Column("board", "Board"),
    Column("title", "Course"),
    Column("until", "Approved until"),
    Column("days_left", "Days left", number=True),
    Column("after", "Sessions after it", number=True),
    Column("holder", "Whose approval"),
    Column("number", "Number"),
    Column("course_id", "Id", hidden=True),
)
WITHIN = ("90", "30", "365")  # days


@router.get("/console/certificates")
async def certificates(
    request: Request, pages: PagesDep, signed: ReadsDep, desk: DeskDep
) -> Response:
    """Approvals that end soon or have ended, the first to end first."""
    query = request.query_params
    within = query.get("within") if query.get("within") in WITHIN else WITHIN[0]
    path = f"/certificates/v1/approvals?within_days={within}"
    most = None if query.get("format") == "csv" else 2_000
    try:
        listed = await desk.all_of("certificates", path, most)
    except Away:
        return away(request, pages, signed, "certificates", "certificates")
    rows = [_row(item) for item in listed.items]
    if query.get("format") == "csv":
        return sheet(rows, APPROVALS, query, "approvals")
    choices = [(days, f"{days} days") for days in WITHIN]
    return show(
        request,
        pages,
        signed,
        "certificates",
        "certificates.html",
        table=table(rows, APPROVALS, view_of(query, ["within"]), listed.more),
        filters=[Choices("within", "Within", str(within), choices)],
    )


def _row(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "board": item["board"],
        "title": item["title"],
        "course_id": item["course_id"],
        "until": item["until"],
        "days_left": item["days_left"],
        "after": len(item.get("sessions_after") or ()),
        "holder": item.get("holder"),
        "number": item.get("number"),
    }
