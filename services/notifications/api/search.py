"""Messages for staff: found by whom, what, and how they stand; and one with its words."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response

from services.notifications.api.found import Channel, query_of
from services.notifications.api.messages import shown
from services.notifications.commands.case import Case, Sender
from services.notifications.commands.reading import case_again, read, reading
from services.notifications.domain.texts import SMS
from services.notifications.envelope import letter_of
from services.notifications.models import Message, Person
from services.notifications.texts.words import text_of
from shared.dates import parse_instant
from shared.errors import Invalid, NotFound, fault
from shared.runtime.asking import PAGE, After, Limit, PathId
from shared.runtime.auth import needs_scope
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep, ReaderDep
from shared.runtime.envelope import instant
from shared.runtime.problems import problems

router = APIRouter(route_class=Direct, dependencies=[Depends(needs_scope("operator"))])
Filter = Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]*$")]
Status = Literal["planned", "sent", "skipped", "cancelled", "failed"]
# Links and codes are made with it: those of a letter that staff read open nothing.
_NO_SECRET = "shown to staff"  # noqa: S105
_KEPT = "The words that went out are not kept. Sessions stand here as it told of them, all else as "
_AGAIN = _KEPT + "it is known now; links and codes are made unusable."
_PLANNED = "As it would be written now; links and codes are made unusable."


@router.get(
    "/notifications/v1/messages",
    response_model=dict[str, Any],
    responses=problems(401, 403, 422),
)
async def find_messages(
    reader: ReaderDep,
    edge: EdgeDep,
    person: Filter = None,
    course: Filter = None,
    registration: Filter = None,
    template: Filter = None,
    status: Status | None = None,
    reason: Filter = None,
    channel: Channel | None = None,
    limit: Limit = PAGE,
    after: After = None,
) -> Response:
    """Messages by ids, template, status, reason and channel, the latest due first. That it was read
    is kept.

    `recipient` is where it went, null where it did not go out.
    """
    states = {"planned": ["planned", "sending"]}.get(status, [status]) if status else None
    asked = {
        "person_id": person,
        "course_id": course,
        "registration_id": registration,
        "template": template,
        "reason": reason,
    }
    sql, args = query_of(asked, states, _place(after) if after else None, channel)
    rows = [Message(**dict(row)) for row in await reader.fetch(sql, *args, limit + 1)]
    page = rows[:limit]
    last = f"{instant(page[-1].due_at)}/{page[-1].message_id}" if len(rows) > limit else None
    body = {"items": [_item(row, None) for row in page], "next": last}
    named = reading("messages.read", (row.message_id for row in page if row.recipient))
    return await edge.run(read, named, answer=lambda _: (200, body))


@router.get(
    "/notifications/v1/messages/{message_id}",
    response_model=dict[str, Any],
    responses=problems(401, 403, 404),
)
async def show_message(
    message_id: PathId, request: Request, reader: ReaderDep, edge: EdgeDep
) -> Response:
    """One message, with its words as they would be written once more (`letter`; null where they
    cannot be, `why_not` says why). `note` says how far they are what went out. That it was read is
    kept."""
    message = await reader.get(Message, message_id)
    if message is None:
        raise NotFound("message-unknown", "There is no such message.")
    person = await reader.get(Person, message.person_id) if message.person_id else None
    case = await case_again(reader, message, request.app.state.clock.now())
    letter, why_not = _written(case, request.app.state.sender)
    body = _item(message, person) | {
        "letter": letter,
        "note": (_AGAIN if message.state == "sent" else _PLANNED) if letter else None,
        "why_not": why_not,
    }
    named = reading("message.read", [message_id])
    return await edge.run(read, named, answer=lambda _: (200, body))


def _written(case: Case | str, sender: Sender) -> tuple[dict[str, str] | None, str | None]:
    if isinstance(case, str):
        return None, case
    unusable = replace(sender, secret=_NO_SECRET)
    try:
        if case.message.channel == SMS:
            return {"subject": "", "text": text_of(case, unusable)}, None
        letter = letter_of(case, unusable)
    except (KeyError, ValueError, StopIteration, LookupError, TypeError):
        # What it told of is gone, such as a session that a later version of the course lacks.
        return None, "what it told of is not as it was any more"
    return {"subject": letter.subject, "text": letter.text}, None


def _item(message: Message, person: Person | None) -> dict[str, Any]:
    return shown(message, person) | {
        "registration_id": message.registration_id,
        "course_id": message.course_id,
        "person_id": message.person_id,
        "resends": message.resends,
    }


def _place(after: str) -> tuple[Any, str]:
    """`due_at/message_id`."""
    at, _, message_id = after.partition("/")
    try:
        return parse_instant(at), message_id
    except ValueError:
        faults = [fault("/after", "is the `next` of a page of this list")]
        raise Invalid("after-unknown", "There is no such page.", errors=faults) from None
