"""What the digest for staff would say now (interfaces.md §6)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse

from services.notifications.commands.apart import letter
from services.notifications.commands.digest import begin_of
from services.notifications.commands.digest_letter import DIGEST, Desk, digest
from services.notifications.envelope import letter_of
from services.notifications.models import Person
from shared.dates import day_of, rfc3339
from shared.runtime.asking import OperatorDep
from shared.runtime.edge import EdgeDep, ReaderDep
from shared.runtime.problems import problems

router = APIRouter()


@router.get(
    "/notifications/v1/digest", response_model=dict[str, Any], responses=problems(401, 403, 422)
)
async def show_digest(
    request: Request,
    _caller: OperatorDep,
    reader: ReaderDep,
    edge: EdgeDep,
    form: Annotated[Literal["json", "text", "html"], Query(alias="format")] = "json",
) -> Response:
    """The digest as it would be written now, whether or not it is sent to anybody.

    `next_at` is when the next one goes out, null where none does. Where staff were named only now,
    and nothing was heard since, it is planned with this.
    """
    desk: Desk = request.app.state.desk
    now = request.app.state.clock.now()
    rhythm = desk.rhythm
    message = letter(DIGEST, "shown", day_of(now, rhythm.zone).isoformat(), now)
    found = await digest(reader, desk, message, Person(person_id=""), now)
    written = letter_of(found, request.app.state.sender)
    if form == "text":
        return PlainTextResponse(written.text)
    if form == "html":
        return HTMLResponse(written.html)
    day = rhythm.next_day(now) if desk.addresses else None
    body = {
        "subject": written.subject,
        "text": written.text,
        "tasks": found.told.count,
        "overdue": found.told.overdue,
        "due_today": found.told.today,
        "sessions": len(found.sessions),
        "nothing": found.empty,
        "next_at": rfc3339(rhythm.at(day)) if day else None,
    }
    return await edge.run(begin_of(desk), None, answer=lambda _: (200, body))
