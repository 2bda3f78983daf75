"""Who asked for all of theirs gets one mail of all their registrations (domain.md §9a).

Each registration says for itself that it was asked for, and of how many: when all were heard, the
mail goes out, or after a while with those that were. What is heard later is a mail of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from services.notifications.commands.apart import Sort, letter, plan_letter
from services.notifications.commands.case import Post
from services.notifications.commands.hear import fact_needs, hear_fact
from services.notifications.models import Course, Message, Person, Registration
from shared.contracts.registration import RegistrationLinkRequested
from shared.runtime.plans import Plan, needs
from shared.runtime.rows import replace, where
from shared.runtime.work import Work

TEMPLATE = "my_registrations"
PATIENCE = timedelta(minutes=10)  # until it goes out with what was heard
_NOBODYS = "nothing of it is recorded under their address any more"


@dataclass(frozen=True, kw_only=True)
class Theirs(Post):
    """All registrations of one person, each with its course, if that is known."""

    registrations: Sequence[tuple[Registration, Course | None]]


def _needs(event: RegistrationLinkRequested) -> Plan:
    known = yield from fact_needs(event)
    head = event.together.person_id if event.together else event.person_id
    return [*known, where(Message, person_id=head)]


@needs(_needs)
async def hear_link_requested(work: Work, event: RegistrationLinkRequested) -> None:
    """Links were asked for: of this registration, or of all that somebody has."""
    await hear_fact(work, event)
    if event.together is None:
        return
    head = event.together.person_id
    there = [
        message
        for message in work.find(where(Message, person_id=head))
        if (message.template, message.subject) == (TEMPLATE, event.request_id)
    ]
    heard = {one for message in there for one in message.covers} | {event.registration_id}
    if len(heard) == sum(len(message.covers) for message in there):
        return
    waiting = next((message for message in there if message.state == "planned"), None)
    version = len(there) + 1
    message = waiting or letter(
        TEMPLATE,
        f"{head}/{TEMPLATE}/{event.request_id}/{version}",
        event.request_id,
        event.requested_at + PATIENCE,
        version=version,
        person_id=head,
    )
    complete = len(heard) >= event.together.number
    due_at = work.now if complete and not message.attempts else message.due_at
    covers = [*message.covers, event.registration_id]
    plan_letter(work, replace(message, covers=covers, due_at=due_at))


def _read(message: Message) -> Plan:
    rows = yield [(Registration, one) for one in message.covers]
    found = [row for row in rows if row is not None]
    yield [
        *[(Course, row.course_id) for row in found],
        *[(Person, row.person_id) for row in found],
    ]
    return []


async def _write(work: Work, message: Message, reader: Person) -> Post | str:
    """Only what is recorded under the very address it goes to: a colleague who comes instead, say,
    is somebody else."""
    theirs = []
    for one in message.covers:
        row = work.get(Registration, one)
        person = work.get(Person, row.person_id) if row else None
        if row and person and _key(person.email) == _key(reader.email):
            course = work.get(Course, row.course_id)
            theirs.append((row, course if course and course.version else None))
    if not theirs:
        return _NOBODYS
    return Theirs(
        message=message,
        person=reader,
        now=work.now,
        registrations=theirs,
    )


def _key(email: str) -> str:
    return email.strip().lower()


SORTS = {TEMPLATE: Sort(_write, needs=_read)}
