"""Send again what a human has looked at."""

from __future__ import annotations

from dataclasses import dataclass

from services.notifications.commands.planning import SEND
from services.notifications.commands.sending import address_hash
from services.notifications.models import Message, Person, Registration, Suppression
from shared.errors import Conflict, NotFound
from shared.runtime.plans import Plan, needs
from shared.runtime.rows import replace
from shared.runtime.work import Work

_OF_SESSIONS = frozenset({"reminder_7d", "reminder_1d", "join_1h"})


class MessageUnderway(Conflict):
    """It is about to go out, or on its way."""

    slug = "message-underway"


class MessageNotWanted(Conflict):
    """What it says is not true any more."""

    slug = "message-not-wanted"


@dataclass(frozen=True)
class Resend:
    message_id: str


def _needs(c: Resend) -> Plan:
    [message] = yield [(Message, c.message_id)]
    if message is None or message.registration_id is None or message.person_id is None:
        return [(Message, c.message_id)]
    [person, _] = yield [
        (Person, message.person_id),
        (Registration, message.registration_id),
    ]
    hashed = [(Suppression, address_hash(person.email))] if person and person.email else []
    return [(Message, c.message_id), *hashed]


@needs(_needs)
async def resend(work: Work, c: Resend) -> Message:
    """Plan it once more, at once. The operator has seen to the address: it is given a new try.

    Raises NotFound, MessageUnderway, MessageNotWanted.
    """
    message = work.get(Message, c.message_id)
    if message is None:
        raise NotFound("message-unknown", "There is no such message.")
    if message.state in ("planned", "sending"):
        raise MessageUnderway("It is planned or under way already.")
    if message.registration_id is None or message.person_id is None:
        raise MessageNotWanted("It is about no registration: send it from where it began.")
    row, person = (
        work.get(Registration, message.registration_id),
        work.get(Person, message.person_id),
    )
    if person is None or person.erased or row is None or row.person_id != message.person_id:
        raise MessageNotWanted("The person it was for is not on this registration any more.")
    if message.state == "cancelled":
        raise MessageNotWanted(f"It was cancelled: {message.reason}.")
    if message.template in _OF_SESSIONS and row.state not in ("confirmed", "completed"):
        raise MessageNotWanted("The registration is not confirmed any more.")
    suppressed = work.get(Suppression, address_hash(person.email)) if person.email else None
    if suppressed is not None:
        work.delete(suppressed)
    again = replace(
        message,
        state="planned",
        forced=True,
        resends=message.resends + 1,
        attempts=0,
        reason="",
    )
    work.put(again)
    work.plan_due(SEND, again.message_id, work.now, version=again.resends)
    work.audit("message.resent", again.message_id)
    return again
