"""Letters about no registration: to staff, or to a person about all of theirs.

They go the way of all messages (intent, Message-ID, retries, a human where nobody knows), by a kind
of deadline of their own, so that thousands of join links are not before them. Each sort says what
it reads, until when it is of use, and what is written.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from dataclasses import replace as changed
from datetime import datetime, timedelta
from typing import Any

from services.notifications.commands.case import Post
from services.notifications.commands.overrides import overrides_of, theirs_of
from services.notifications.commands.recording import (
    SUPPRESSED,
    TASK,
    UNKNOWN,
    address_hash,
    ask_staff,
    failed,
)
from services.notifications.commands.sending import as_if_untried, is_due
from services.notifications.commands.told import under_way
from services.notifications.domain.keys import message_id
from services.notifications.domain.wanted import ERASED
from services.notifications.models import Message, Person, Suppression
from shared.runtime.due import Command, Due
from shared.runtime.plans import Plan, needs
from shared.runtime.rows import replace
from shared.runtime.tasks import task_key
from shared.runtime.work import Work

SEND_APART = "send_apart"
_UNHEARD = timedelta(minutes=1)  # until it is looked again whether a person is known by now


def _nothing(_message: Message) -> Plan:
    yield []
    return []


def _always(_message: Message, _now: datetime) -> str:
    return ""


@dataclass(frozen=True)
class Sort:
    """A sort of letter. `write` gives what is to be sent, or in words why nothing is; `too_late`
    says why it is of no use any more, or nothing."""

    write: Callable[[Work, Message, Person], Awaitable[Post | str]]
    needs: Callable[[Message], Plan] = _nothing
    too_late: Callable[[Message, datetime], str] = _always


Sorts = Mapping[str, Sort]
"""Template → sort."""


def letter(
    template: str,
    key: str,
    subject: str,
    due_at: datetime,
    *,
    version: int = 1,
    person_id: str | None = None,
    recipient: str = "",
    covers: list[str] | None = None,
) -> Message:
    """A letter to be planned: to a person, else to the address `recipient` of staff. `key` is of
    stable ids only, and by it the letter goes out once."""
    return Message(
        message_id=message_id(key),
        dedup_key=key,
        registration_id=None,
        course_id=None,
        person_id=person_id,
        template=template,
        subject=subject,
        version=version,
        state="planned",
        due_at=due_at,
        recipient=recipient,
        covers=covers or [],
    )


def plan_letter(work: Work, message: Message) -> None:
    """Plan it, or move it; the caller knows that it did not go out yet."""
    work.put(message)
    work.plan_due(SEND_APART, message.message_id, message.due_at, version=message.attempts)


def reader_needs(message: Message) -> Plan:
    """Who reads it, and whether their address was refused."""
    [person] = yield [(Person, message.person_id or "")]
    address = person.email if person else message.recipient
    return [
        (Person, message.person_id or ""),
        *([(Suppression, address_hash(address))] if address else []),
        task_key(TASK, message.message_id),
    ]


def again_apart(work: Work, message: Message) -> Message:
    """Send it once more, of what stands now; its address is given a new try."""
    again = replace(
        message,
        state="planned",
        forced=True,
        resends=message.resends + 1,
        attempts=0,
        due_at=work.now,
        reason="",
    )
    plan_letter(work, again)
    work.audit("message.resent", again.message_id)
    refused = _refused(work, reader_of(work, message))
    if refused is not None:
        work.delete(refused)
    return again


def preparing(sorts: Sorts) -> Command:
    """The first half of sending such a letter."""

    def planned(due: Due) -> Plan:
        [message] = yield [(Message, due.ref)]
        if message is None:
            return []
        theirs = yield from reader_needs(message)
        read = yield from sorts[message.template].needs(message)
        yield [overrides_of(message.template)]
        return [(Message, due.ref), *theirs, *read]

    @needs(planned)
    async def prepare_apart(work: Work, due: Due) -> Post | None:
        """Is it still of use? Then the intent is written, and the letter given."""
        message = work.get(Message, due.ref)
        if message is None or not is_due(message, work.now):
            return None
        first = as_if_untried(work, message, due)
        message = work.get(Message, due.ref) or message
        reader = reader_of(work, message)
        if reader.erased:
            _erased(work, message, first=first)
            return None
        if not reader.email and reader.version == 0:  # heard of, but not who it is
            work.plan_due(SEND_APART, due.ref, work.now + _UNHEARD, version=message.attempts)
            return None
        sort = sorts[message.template]
        late = "" if message.forced else sort.too_late(message, work.now)
        written = (late if first else "") or await sort.write(work, message, reader)
        if isinstance(written, str):
            _not_written(work, message, written, first=first)
            return None
        if first and _refused(work, reader):
            failed(work, message, SUPPRESSED)
            ask_staff(work, message, SUPPRESSED)
            return None
        work.put(under_way(message, reader.email.strip()))
        own = theirs_of(work.find(overrides_of(message.template)))
        return changed(written, asked_before=not first, over=late, theirs=own)

    return prepare_apart


def _erased(work: Work, message: Message, *, first: bool) -> None:
    if first:
        work.put(replace(message, state="cancelled", forced=False, reason=ERASED))
    else:  # where it went is not known here any more: nobody can look
        failed(work, message, UNKNOWN)


def reader_of(work: Work, message: Message) -> Person:
    """Who reads it; of staff only the address is known."""
    if message.person_id is None:
        return Person(person_id="", email=message.recipient)
    return work.get(Person, message.person_id) or Person(person_id=message.person_id)


def _refused(work: Work, reader: Person) -> Any:
    return work.get(Suppression, address_hash(reader.email)) if reader.email else None


def _not_written(work: Work, message: Message, why: str, *, first: bool) -> None:
    if first:
        work.put(replace(message, state="skipped", forced=False, reason=why))
    else:  # an earlier try may have gone out, and there is nothing to look it up by
        failed(work, message, UNKNOWN)
        ask_staff(work, message, UNKNOWN)
