"""Send one message: the intent first, then the mail server, then what came of it.

`prepare` decides anew whether the message is still wanted and writes `sending` before anything is
said to the mail server; that the mail itself begins is committed right before it does
(`mailer.py`). What is found so later may have gone out: where a mailbox can be asked it is asked,
else a human decides (`resend`). Nothing is ever sent twice by itself.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from services.notifications.commands.calendar import WITH_CALENDAR, entries_of, newer
from services.notifications.commands.case import Case
from services.notifications.commands.overrides import overrides_of, theirs_of
from services.notifications.commands.planning import (
    messages_of,
    settle,
    stopped_by,
    to_settle_again,
)
from services.notifications.commands.recording import (
    SUPPRESSED,
    UNKNOWN,
    address_hash,
    ended,
    failed,
)
from services.notifications.commands.still_told import still_told
from services.notifications.commands.stories import held_of, mails_in
from services.notifications.commands.theirs import for_them
from services.notifications.commands.told import telling, told_before, under_way, unsaid
from services.notifications.commands.waiting import ask_for_address, waiting_key
from services.notifications.domain.course import Said
from services.notifications.domain.unsubscribing import UNSUBSCRIBED, stream_of
from services.notifications.domain.wanted import ERASED
from services.notifications.models import (
    CalendarEntry,
    Course,
    Message,
    Person,
    Registration,
    Suppression,
    Unsubscribed,
)
from shared.runtime.due import Due
from shared.runtime.plans import Plan, needs
from shared.runtime.rows import replace, where
from shared.runtime.work import Work

_UNHEARD = timedelta(minutes=1)  # until it is looked again whether a person is known by now


def _prepare_needs(due: Due) -> Plan:
    [message] = yield [(Message, due.ref)]
    if message is None or message.registration_id is None:
        return []
    [row] = yield [(Registration, message.registration_id)]
    theirs = yield from to_settle_again(row)
    whom = message.person_id or row.person_id
    [person, _] = yield [(Person, whom), overrides_of(message.template)]
    theirs = [*theirs, where(Unsubscribed, person_id=whom)]
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
    if message is None or row is None:
        return None
    asked_before = not as_if_untried(work, message, due)
    settle(work, row)
    message = work.get(Message, due.ref)
    known = work.get(Course, row.course_id)
    if message is None or known is None or not is_due(message, work.now):
        return None
    course = for_them(known, row)
    whom = message.person_id or row.person_id
    person = work.get(Person, whom)
    if person is None or (person.version == 0 and not person.erased):
        work.plan_due(due.kind, message.message_id, work.now + _UNHEARD, version=message.attempts)
        return None
    over = still_told(work, row, person, message).over if asked_before else ""
    message = _after_all(work, row, person, message, asked_before=asked_before)
    if message.state in ("cancelled", "skipped", "failed"):
        work.put(message)
        return None
    refused = work.get(Suppression, address_hash(person.email)) if person.email else None
    if refused is not None and not asked_before:
        failed(work, message, SUPPRESSED)
        ask_for_address(work, message)
        return None
    said = message.said if message.resends else telling(message, course)
    work.put(under_way(message, person.email.strip(), said))
    return Case(
        message=message,
        registration=row,
        course=course,
        person=person,
        now=work.now,
        entries=tuple(_calendar(work, message, row, course)),
        asked_before=asked_before,
        over=over,
        before=_before(work, message, row),
        theirs=theirs_of(work.find(overrides_of(message.template))),
    )


def _after_all(
    work: Work, row: Registration, person: Person, message: Message, *, asked_before: bool
) -> Message:
    """Itself, or why it goes out no more. One that somebody asked for had to wait since, and may
    not be true any more, or not all of it."""
    if asked_before and person.erased:  # where it went is not known here any more: nobody can look
        failed(work, message, UNKNOWN)
        return work.get(Message, message.message_id) or message
    if asked_before or person.erased:
        return message if asked_before else ended(message, ERASED)
    if stream_of(message.template) in stopped_by(work, person.person_id):
        return replace(message, state="skipped", forced=False, reason=UNSUBSCRIBED)
    if not message.forced:
        return message
    still = still_told(work, row, person, message)
    if still.over:
        return ended(message, still.over)
    return message if still.unknown else replace(message, covers=list(still.covers))


def as_if_untried(work: Work, message: Message, due: Due) -> bool:
    """A try that never came back, and had not begun with the mail itself, is taken back. False: one
    may have gone out."""
    if message.state != "sending":
        return True
    if not due.begun:
        work.put(unsaid(replace(message, state="planned", attempts=message.attempts - 1)))
    return not due.begun


def is_due(message: Message, now: datetime) -> bool:
    """Whether it can go now; one found `sending` is a try that never came back."""
    if message.state == "sending":
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
    for entry in newer(entries, told):
        work.put(entry)
    return entries


def _before(work: Work, message: Message, row: Registration) -> Said | None:
    if message.template != "session_changed":
        return None
    there = mails_in(work.find(messages_of(row.registration_id)))
    return told_before(message, [held_of(one) for one in there])
