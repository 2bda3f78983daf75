"""Messages for staff: what went out, what is to, and what did not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response

from services.web.api.common import PagesDep
from services.web.api.console_page import Choices, DeskDep, PeopleDep, away, show, whole_sheet
from services.web.domain.tables import Column, table, view_of
from services.web.owners import Away

router = APIRouter(include_in_schema=False)
MESSAGES = (
    Column("template", "Message"),
    Column("status", "State"),
    Column("reason", "Why"),
    Column("recipient", "To"),
    Column("due", "Due, UTC"),
    Column("sent", "Sent, UTC"),
    Column("course_id", "Course"),
    Column("registration_id", "Registration", hidden=True),
    Column("message_id", "Id", hidden=True),
)
STATES = ("failed", "planned", "sent", "skipped", "cancelled")


@router.get("/console/messages")
async def messages(request: Request, pages: PagesDep, signed: PeopleDep, desk: DeskDep) -> Response:
    """Those that failed, or of the state asked for, the latest due first; a thousand at most."""
    query = request.query_params
    state = query.get("state") if query.get("state") in STATES else "failed"
    path = f"/notifications/v1/messages?status={state}"
    try:
        if query.get("format") == "csv":
            pages_of = desk.pages_of("notifications", path)
            file = await whole_sheet(pages_of, _row, MESSAGES, query, f"messages-{state}")
            if isinstance(file, Response):
                return file
            raise Away("notifications")  # a list that was refused is no empty one
        listed = await desk.all_of("notifications", path, most=1_000)
        if listed.refused:
            raise Away("notifications")
    except Away:
        return away(request, pages, signed, "messages", "notifications")
    rows = [_row(item) for item in listed.items]
    return show(
        request,
        pages,
        signed,
        "messages",
        "messages.html",
        table=table(rows, MESSAGES, view_of(query, ["state"]), listed.more),
        filters=[Choices("state", "State", str(state), [(one, one) for one in STATES])],
    )


def _row(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "message_id": item["message_id"],
        "template": str(item["template"]).replace("_", " ").capitalize(),
        "status": item["status"],
        "reason": str(item.get("reason") or "").replace("-", " "),
        "recipient": item.get("recipient"),
        "due": str(item.get("due_at") or "")[:16].replace("T", " "),
        "sent": str(item.get("sent_at") or "")[:16].replace("T", " "),
        "course_id": item.get("course_id"),
        "registration_id": item.get("registration_id"),
    }
