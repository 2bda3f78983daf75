"""Send again what a human has looked at."""

from __future__ import annotations

from dataclasses import dataclass

from services.notifications.commands.apart import again_apart, reader_needs, reader_of
from services.notifications.commands.planning import (
    kind_of,
    stopped_by,
    to_settle_again,
    unknown_of,
)
from services.notifications.commands.recording import address_hash
from services.notifications.commands.still_told import still_told
from services.notifications.commands.text_sending import text_wish
from services.notifications.commands.texting import TEXT
from services.notifications.commands.theirs import for_them
from services.notifications.commands.waiting import try_again, waiting_key
from services.notifications.domain.delivery import lane_of
from services.notifications.domain.texts import SMS
from services.notifications.domain.unsubscribing import UNSUBSCRIBED, stream_of
from services.notifications.domain.wanted import TOO_LATE
from services.notifications.models import Course, Message, Person, Registration, Suppression
from shared.errors import Conflict, NotFound
from shared.runtime.plans import Plan, needs
from shared.runtime.rows import replace
from shared.runtime.work import Work


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
    if message is None:
        return [(Message, c.message_id)]
    if message.registration_id is None:
        theirs = yield from reader_needs(message)
        return [(Message, c.message_id), *theirs]
    [row] = yield [(Registration, message.registration_id)]
    if row is None:
        return [(Message, c.message_id), (Registration, message.registration_id)]
    theirs = yield from to_settle_again(row)
    [person] = yield [(Person, row.person_id)]
    hashed = [(Suppression, address_hash(person.email))] if person and person.email else []
    return [(Message, c.message_id), *theirs, *hashed, waiting_key(row.registration_id)]


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
    if message.registration_id is None:
        if reader_of(work, message).erased:
            raise MessageNotWanted("The record of the person it was for was erased.")
        return again_apart(work, message)
    row = work.get(Registration, message.registration_id)
    person = work.get(Person, row.person_id) if row else None
    if row is None or row.person_id != message.person_id or person is None or person.erased:
        raise MessageNotWanted("The person it was for is not on this registration any more.")
    if message.channel == SMS:
        return _text_again(work, row, person, message)
    if stream_of(message.template) in stopped_by(work, row.person_id):
        raise MessageNotWanted(f"It cannot be sent: {UNSUBSCRIBED}.")
    if message.state == "cancelled":
        raise MessageNotWanted(f"It was cancelled: {message.reason}.")
    again = replace(
        message,
        state="planned",
        forced=True,
        resends=message.resends + 1,
        attempts=0,
        reason="",
        covers=_still_told(work, row, person, message),
    )
    work.put(again)
    work.plan_due(
        kind_of(again.template),
        again.message_id,
        work.now,
        version=again.resends,
        lane=lane_of(person.email),
    )
    work.audit("message.resent", again.message_id)
    suppressed = work.get(Suppression, address_hash(person.email)) if person.email else None
    if suppressed is not None:
        work.delete(suppressed)
        try_again(work, row)
    return again


def _text_again(work: Work, row: Registration, person: Person, message: Message) -> Message:
    """A text, while what it says is true. STOP and the day's limit hold for it as for any other;
    it waits for no morning, for somebody decided that it goes now."""
    if not person.phone or person.agreed_at is None:
        raise MessageNotWanted("They agreed to no texts, or not any more.")
    known = work.get(Course, row.course_id)
    if unknown := unknown_of(known, person):
        raise MessageNotWanted(f"It cannot be written: {unknown}.")
    wish = text_wish(work, row, for_them(known, row) if known else None, message)
    if wish is None:
        raise MessageNotWanted("What it says is over.")
    if work.now > wish.use_until:
        raise MessageNotWanted("It is too late to be of use.")
    again = replace(
        message, state="planned", forced=True, resends=message.resends + 1, attempts=0, reason=""
    )
    work.put(again)
    work.plan_due(TEXT, again.message_id, work.now, version=again.resends)
    work.audit("message.resent", again.message_id)
    return again


def _still_told(work: Work, row: Registration, person: Person, message: Message) -> list[str]:
    """What it covers. Raises MessageNotWanted."""
    still = still_told(work, row, person, message)
    if still.unknown:
        raise MessageNotWanted(f"It cannot be written: {still.unknown}.")
    if still.over == TOO_LATE:
        raise MessageNotWanted("It is too late to be of use.")
    if still.over:
        raise MessageNotWanted(f"What it says is over: {still.over}.")
    return list(still.covers)
