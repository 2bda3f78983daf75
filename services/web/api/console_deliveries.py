"""What a partner was sent, for staff: searched, and taken as CSV."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from services.web.api.common import PagesDep
from services.web.api.console_page import Choices, DeskDep, SystemDep, away, sheet, show
from services.web.api.console_partner import PARTNER, owner_path
from services.web.domain.tables import Column, table, view_of
from services.web.owners import Away, or_none

router = APIRouter(include_in_schema=False)
DELIVERIES = (
    Column("type", "Event"),
    Column("status", "State"),
    Column("attempts", "Tries", number=True),
    Column("answered", "Answer", number=True),
    Column("reason", "Why"),
    Column("first", "First, UTC"),
    Column("next", "Next, UTC"),
    Column("event_id", "Event id"),
    Column("course_id", "Course", hidden=True),
    Column("subject", "Subject", hidden=True),
    Column("endpoint_id", "Endpoint", hidden=True),
    Column("last", "Last, UTC", hidden=True),
)
STATES = ("waiting", "delivered", "parked")
_WHERE = ("endpoint", "state", "type", "event", "from", "until")  # what the owner searches by
_MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}))?")
MOST = 1_000  # rows; narrowed, all are found


@router.get(PARTNER + "/deliveries")
async def deliveries(
    partner_id: str, request: Request, pages: PagesDep, signed: SystemDep, desk: DeskDep
) -> Response:
    """The newest first; narrowed by the owner, found by words and sorted here."""
    query = request.query_params
    asked, wrong = _search(partner_id, query)
    try:
        listed = await desk.all_of("partners", f"/partners/v1/deliveries?{asked}", most=MOST)
    except Away:
        return away(request, pages, signed, "partners", "partners")
    rows = [_row(item) for item in listed.items]
    if listed.refused is not None:
        wrong = listed.refused.detail or "That cannot be searched for."
    if query.get("format") == "csv":
        if listed.more and not wrong:
            wrong = f"There are more than {MOST:,}, so a file would be cut. Narrow them down first."
        if not wrong:
            return sheet(rows, DELIVERIES, query, "deliveries")
    places = await or_none(desk.ask("partners", f"{owner_path(partner_id)}/endpoints"))
    named = places.body.get("items") or [] if places and places.ok else []
    ends = [("", "every"), *((one["endpoint_id"], one["url"]) for one in named)]
    states = [("", "every"), *((one, one) for one in STATES)]
    return show(
        request,
        pages,
        signed,
        "partners",
        "deliveries.html",
        422 if wrong else 200,
        partner_id=partner_id,
        table=table(rows, DELIVERIES, view_of(query, _WHERE), listed.more),
        filters=[
            Choices("endpoint", "Endpoint", query.get("endpoint", ""), ends),
            Choices("state", "State", query.get("state", ""), states),
        ],
        query=query,
        wrong=wrong,
    )


def _search(partner_id: str, query: Mapping[str, str]) -> tuple[str, str]:
    """What the owner is asked; and what is wrong with that, if anything is."""
    said = {"endpoint_id": query.get("endpoint", ""), "type": query.get("type", "").strip()}
    said["event_id"] = query.get("event", "").strip()
    said["status"] = query.get("state", "") if query.get("state") in STATES else ""
    wrong = ""
    for name in ("from", "until"):
        moment = moment_of(query.get(name, ""))
        if moment is None:
            wrong = "A moment reads like 2026-11-30 or 2026-11-30 14:05, in UTC."
        said[name] = moment or ""
    fields = [("partner_id", partner_id), *said.items()]
    return urlencode([(name, value[:200]) for name, value in fields if value]), wrong


def moment_of(text: str) -> str | None:
    """A day or a minute in UTC as an instant; empty for nothing, None for what is neither."""
    if not text.strip():
        return ""
    found = _MOMENT.fullmatch(text.strip())
    return f"{found[1]}T{found[2] or '00:00'}:00Z" if found else None


def _row(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": item["type"],
        "status": item["status"],
        "attempts": item["attempts"],
        "answered": item.get("answered"),
        "reason": str(item.get("reason") or "").replace("-", " "),
        "first": _minute(item.get("first_at")),
        "last": _minute(item.get("last_at")),
        "next": _minute(item.get("next_at")),
        "event_id": item["event_id"],
        "course_id": item.get("course_id"),
        "subject": item.get("subject"),
        "endpoint_id": item["endpoint_id"],
    }


def _minute(instant: Any) -> str:
    return str(instant or "")[:19].replace("T", " ")
