"""The messages of a registration (interfaces.md §6, §10 "Messages")."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from services.notifications.commands.reading import read, reading
from services.notifications.commands.resend import Resend, resend
from services.notifications.models import Message, Person, Registration
from shared.dates import rfc3339
from shared.errors import Invalid, fault
from shared.runtime.asking import PAGE, After, Limit, OperatorDep, PathId
from shared.runtime.auth import CallerDep
from shared.runtime.caller import for_subject
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep, ReaderDep, RequiredOnce
from shared.runtime.problems import problems
from shared.runtime.rows import replace, where

router = APIRouter(route_class=Direct)


@router.get(
    "/notifications/v1/registrations/{registration_id}/messages",
    response_model=dict[str, Any],
    responses=problems(401, 403, 404, 422, 425),
)
async def list_messages(
    registration_id: PathId,
    caller: CallerDep,
    reader: ReaderDep,
    edge: EdgeDep,
    limit: Limit = PAGE,
    after: After = None,
) -> Response:
    """Every message of a registration, planned ones too, by the time they are due.

    `after` is the `next` of the page before: the last message's id. That staff were shown an
    address is kept.
    """
    row = await reader.get(Registration, registration_id)
    for_subject(caller, registration_id, row.token_version if row else None)
    found = await reader.find(where(Message, registration_id=registration_id, order=("due_at",)))
    if row and not caller.operator:  # after a substitution, the former person's are not theirs
        found = [message for message in found if message.person_id == row.person_id]
    person = await reader.get(Person, row.person_id) if row else None
    ids = [message.message_id for message in found]
    if after and after not in ids:
        faults = [fault("/after", "is the `next` of a page of this list")]
        raise Invalid("after-unknown", "There is no such page.", errors=faults)
    page = found[ids.index(after) + 1 if after else 0 :]
    more = page[limit - 1].message_id if len(page) > limit else None
    items = [shown(message, person) for message in page[:limit]]
    body = {"items": items, "next": more}
    if not caller.operator:
        return JSONResponse(body)
    named = reading("messages.read", (one["message_id"] for one in items if one["recipient"]))
    return await edge.run(read, named, answer=lambda _: (200, body))


@router.post(
    "/notifications/v1/messages/{message_id}/resend",
    status_code=202,
    responses=problems(401, 403, 404, 409, 422),
)
async def resend_message(
    message_id: PathId, caller: OperatorDep, edge: EdgeDep, once: RequiredOnce
) -> Response:
    """Send it once more: for what a human has looked at, such as one whose outcome is unknown."""
    return await edge.run(resend, Resend(message_id), once=once, answer=_planned)


def _planned(message: Message) -> tuple[int, dict[str, Any]]:
    """Without whom it goes to: the answer is kept with its key, where an erasure does not look."""
    return 202, shown(replace(message, recipient="", subject_line=""), None)


def shown(message: Message, person: Person | None) -> dict[str, Any]:
    """A message as JSON. `recipient`: where it went, else where it would go now; else null. Of a
    text, `delivery` is what the last receipt said."""
    recipient = message.recipient
    if not recipient and person and person.person_id == message.person_id:
        recipient = person.email if message.channel == "mail" else person.phone
    return {
        "message_id": message.message_id,
        "template": message.template,
        "channel": message.channel,
        "version": message.version,
        "recipient": recipient or None,
        "subject": message.subject,
        "subject_line": message.subject_line or None,
        "status": "planned" if message.state == "sending" else message.state,
        "due_at": rfc3339(message.due_at),
        "sent_at": rfc3339(message.sent_at) if message.sent_at else None,
        "reason": message.reason or None,
        "attempts": message.attempts,
        "delivery": message.delivery or None,
    }
