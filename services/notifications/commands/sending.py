"""Send one message: the intent first, then the mail server, then what came of it.

`prepare` decides anew whether the message is still wanted and writes `sending` before anything is
said to the mail server. A row found in `sending` later may have gone out: where a mailbox can be
asked it is asked, else a human decides (`resend`). Nothing is ever sent twice by itself.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from services.notifications.commands.calendar import WITH_CALENDAR, entries_of
from services.notifications.commands.case import Case
from services.notifications.commands.planning import (
    SEND,
    messages_of,
    settle,
    to_settle_again,
)
from services.notifications.commands.stories import held_of
from services.notifications.commands.told import telling, told_before
from services.notifications.commands.waiting import SUPPRESSED, ask_for_address, waiting_key
from services.notifications.domain.delivery import Delivered, UndeliveredError, retry_after
from services.notifications.domain.story import Said
from services.notifications.models import (
    CalendarEntry,
    Course,
    Message,
    Person,
    Registration,
    Suppression,
)
from shared.contracts.notifications import MessageFailed, MessageSent
from shared.runtime.due import Due
from shared.runtime.outside import Recorded
from shared.runtime.plans import Plan, needs
from shared.runtime.rows import replace, where
from shared.runtime.tasks import task_key
from shared.runtime.work import Work

_UNHEARD = timedelta(minutes=1)  # until it is looked again whether a person is known by now
_TASK_DAYS = 2
_ERASED = "the person's record was erased"
TASK = "message-failed"
UNKNOWN = "unknown"
_WHAT = {
    UNKNOWN: "A mail may or may not have gone out: the mail server never said. Look at the mail "
    "server's log, and have it sent again if it did not arrive.",
    "bounced": "A mail was refused for good: the address does not work. Ask for another address, "
    "correct it, and have the message sent again.",
    "refused": "A mail was refused by the mail server for what it is. See why, and have it sent "
    "again.",
    "gave-up": "A mail could not be handed over for two days. See to the mail server, and have it "
    "sent again.",
    "defect": "A mail could not be written. See the log, and have it sent again once it is mended.",
}


def address_hash(email: str) -> str:
    """How an address is known without being kept."""
    return sha256(email.strip().lower().encode()).hexdigest()


def _prepare_needs(due: Due) -> Plan:
    [message] = yield [(Message, due.ref)]
    if message is None or message.registration_id is None:
        return []
    [row] = yield [(Registration, message.registration_id)]
    theirs = yield from to_settle_again(row)
    whom = message.person_id or row.person_id
    [person] = yield [(Person, whom)]
    entries = where(CalendarEntry, registration_id=row.registration_id)
    return [
        *theirs,
        waiting_key(row.registration_id),
        *([entries] if message.template in WITH_CALENDAR else []),
        *([(Suppression, address_hash(person.email))] if person and person.email else []),
    ]


@needs(_prepare_needs)
async def prepare(work: Work, due: Due) -> Case | None:
    """Is it still wanted, and can it go? Then the intent is written, and the case given."""
    message = work.get(Message, due.ref)
    about = message.registration_id if message is not None else None
    row = work.get(Registration, about) if about is not None else None
    if row is None:
        return None
    settle(work, row)
    message = work.get(Message, due.ref)
    course = work.get(Course, row.course_id)
    if message is None or course is None or not _is_due(message, work.now):
        return None
    person = work.get(Person, message.person_id or row.person_id)
    if person is None or (person.version == 0 and not person.erased):
        work.plan_due(SEND, message.message_id, work.now + _UNHEARD, version=message.attempts)
        return None
    if person.erased:
        work.put(replace(message, state="cancelled", forced=False, reason=_ERASED))
        return None
    refused = work.get(Suppression, address_hash(person.email)) if person.email else None
    if message.state == "planned" and refused is not None:
        _failed(work, message, SUPPRESSED)
        ask_for_address(work, message)
        return None
    said = telling(message, course)
    work.put(replace(message, state="sending", attempts=message.attempts + 1, said=said))
    return Case(
        message=message,
        registration=row,
        course=course,
        person=person,
        now=work.now,
        entries=tuple(_calendar(work, message, row, course)),
        asked_before=message.state == "sending",
        before=_before(work, message, row),
    )


def _is_due(message: Message, now: datetime) -> bool:
    if message.state == "sending":  # a try that never came back
        return True
    waits = bool(message.reason) and not message.forced
    return message.state == "planned" and not waits and (message.forced or message.due_at <= now)


def _calendar(
    work: Work, message: Message, row: Registration, course: Course
) -> list[CalendarEntry]:
    if message.template not in WITH_CALENDAR:
        return []
    told = work.find(where(CalendarEntry, registration_id=row.registration_id))
    entries = entries_of(message, row, course, told)
    for entry in entries:
        if entry not in told:
            work.put(entry)
    return entries


def _before(work: Work, message: Message, row: Registration) -> Said | None:
    if message.template != "session_changed":
        return None
    there = work.find(messages_of(row.registration_id))
    return told_before(message, [held_of(one) for one in there])


@needs(
    lambda recorded: [
        (Person, recorded.request.person.person_id),
        (Message, recorded.due.ref),
        *_suppression(recorded),
        task_key(TASK, recorded.due.ref),
    ]
)
async def record(work: Work, recorded: Recorded) -> None:
    """What came of it: sent, again later, refused for good, or not known."""
    message = work.get(Message, recorded.due.ref)
    if message is None or message.state != "sending":
        return
    error = recorded.error
    if isinstance(recorded.result, Delivered):
        person = work.get(Person, recorded.request.person.person_id)
        erased = person is None or person.erased  # while the mail was under way
        _sent(work, message, recorded.result, "" if erased else recorded.result.recipient)
    elif recorded.unknown:
        _fail(work, message, UNKNOWN)
    elif not isinstance(error, UndeliveredError):
        _fail(work, message, "defect")
    elif error.verdict.again:
        _again(work, message)
    else:
        if error.verdict.suppress:
            _suppress(work, recorded, error)
        _fail(work, message, error.verdict.reason)


def _suppression(recorded: Recorded) -> list[Any]:
    case: Case = recorded.request
    return [(Suppression, address_hash(case.person.email))]


def _suppress(work: Work, recorded: Recorded, error: UndeliveredError) -> None:
    hashed = address_hash(recorded.request.person.email)
    reason, code = error.verdict.reason, error.code
    work.put(Suppression(address_hash=hashed, reason=reason, code=code, at=work.now))


def _sent(work: Work, message: Message, delivered: Delivered, recipient: str) -> None:
    work.put(
        replace(
            message,
            state="sent",
            forced=False,
            reason="",
            sent_at=work.now,
            recipient=recipient,
            subject_line=delivered.subject,
        )
    )
    work.emit(MessageSent(**_about(message), sent_at=work.now))
    work.close_task(TASK, message.message_id)  # where a human was asked, and has seen to it


def _again(work: Work, message: Message) -> None:
    wait = retry_after(message.attempts)
    if wait is None:
        _fail(work, message, "gave-up")
        return
    work.put(replace(message, state="planned", said={}))
    work.plan_due(SEND, message.message_id, work.now + wait, version=message.attempts)


def _fail(work: Work, message: Message, reason: str) -> None:
    _failed(work, message, reason)
    due_at = work.now + timedelta(days=_TASK_DAYS)
    work.open_task(TASK, message.message_id, _WHAT[reason], _task_about(message), due_at)


def _failed(work: Work, message: Message, reason: str) -> None:
    said = message.said if reason == UNKNOWN else {}  # that one may have arrived
    work.put(replace(message, state="failed", forced=False, reason=reason, said=said))
    work.emit(MessageFailed(**_about(message), reason=reason, failed_at=work.now))


def _about(message: Message) -> dict[str, Any]:
    return {
        "registration_id": message.registration_id,
        "course_id": message.course_id,
        "person_id": message.person_id,
        "message_id": message.message_id,
        "template": message.template,
        "version": message.version,
    }


def _task_about(message: Message) -> dict[str, str]:
    about = {"message_id": message.message_id, "template": message.template}
    if message.registration_id:
        about["registration_id"] = message.registration_id
    return about
