"""Plan what one registration wants: the one place where messages are made, moved and cancelled.

Called after everything that is heard, and again before anything is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.notifications.commands.course_seen import course_of
from services.notifications.commands.new_messages import new_message
from services.notifications.commands.stories import held_of, mails_in, story_of, zone_of
from services.notifications.commands.texting import settle_texts
from services.notifications.commands.theirs import for_them
from services.notifications.domain.delivery import lane_of
from services.notifications.domain.urgency import is_urgent
from services.notifications.domain.wanted import decide
from services.notifications.models import (
    Completion,
    Course,
    Message,
    Person,
    Registration,
    Swap,
    Unsubscribed,
)
from shared.runtime.due import Due
from shared.runtime.plans import Plan, needs
from shared.runtime.rows import Query, replace, where
from shared.runtime.work import Work

SEND = "send"
FAN_OUT = "fan_out"
_READ = 5  # of what settling looks at, what is about others too
SEND_LATER = "send_later"  # what can wait for those


def to_settle(registration_id: str, course_id: str, person_id: str) -> list[Any]:
    """What settling a registration looks at; to be read or locked, as the caller needs."""
    return [
        (Course, course_id),
        (Person, person_id),
        where(Completion, course_id=course_id),
        where(Swap, course_id=course_id),
        where(Unsubscribed, person_id=person_id),
        (Registration, registration_id),
        messages_of(registration_id),
    ]


def to_settle_again(row: Registration) -> Plan:
    """For a registration that is there: its course and person are only read.

    That loses nothing: whoever changes a course or a person settles its registrations after.
    """
    wanted = to_settle(row.registration_id, row.course_id, row.person_id)
    yield wanted[:_READ]
    return wanted[_READ:]


def to_settle_all(rows: Sequence[Registration]) -> Plan:
    """The same for several at once."""
    each = [to_settle(row.registration_id, row.course_id, row.person_id) for row in rows]
    yield [key for wanted in each for key in wanted[:_READ]]
    return [key for wanted in each for key in wanted[_READ:]]


def settle(work: Work, row: Registration) -> None:
    """Decide anew which messages this registration wants, and write what changed."""
    known, person = work.get(Course, row.course_id), work.get(Person, row.person_id)
    course = for_them(known, row) if known else None
    there = {m.message_id: m for m in mails_in(work.find(messages_of(row.registration_id)))}
    story = story_of(row)
    then = course_of(
        course,
        work.find(where(Completion, course_id=row.course_id)),
        work.find(where(Swap, course_id=row.course_id)),
    )
    written = decide(
        story,
        then,
        zone_of(person, course),
        [held_of(message) for message in there.values()],
        work.now,
        waiting=unknown_of(course, person),
        erased=person is not None and person.erased,
        stopped=stopped_by(work, row.person_id),
    )
    lane = lane_of(person.email) if person else ""
    for one in written:
        message = replace(
            there.get(one.message_id) or new_message(row, one),
            state=one.state,
            due_at=one.due_at,
            covers=list(one.covers),
            reason=one.reason,
        )
        work.put(message)
        kind = kind_of(message.template)
        if message.state == "planned" and not message.reason:
            work.plan_due(
                kind, message.message_id, message.due_at, version=message.attempts, lane=lane
            )
        else:
            work.drop_due(kind, message.message_id)
    settle_texts(work, row, story, then, person)


def kind_of(template: str) -> str:
    """Of which kind all deadlines of such a message are: one of another kind would be a second
    one (a template that becomes urgent, or is not any more, needs a migration; see 0009)."""
    return SEND if is_urgent(template) else SEND_LATER


def messages_of(registration_id: str) -> Query[Message]:
    """All messages of a registration, mails and texts."""
    return where(Message, registration_id=registration_id)


def stopped_by(work: Work, person_id: str) -> frozenset[str]:
    """The streams that a person does not want."""
    theirs = work.find(where(Unsubscribed, person_id=person_id))
    return frozenset(one.stream for one in theirs)


def unknown_of(course: Course | None, person: Person | None) -> str:
    """What is not known yet, without which nothing can be written; empty where all is."""
    unknown = [
        *(["the course"] if course is None or course.version == 0 else []),
        *(["the person"] if person is None or (person.version == 0 and not person.erased) else []),
    ]
    return f"waiting to hear of {' and '.join(unknown)}" if unknown else ""


def decide_needs(due: Due) -> Plan:
    """Plan of `decide_again`."""
    [row] = yield [(Registration, due.payload["registration_id"])]
    return (yield from to_settle_again(row)) if row else []


@needs(decide_needs)
async def decide_again(work: Work, due: Due) -> None:
    """Something changed that this registration hangs on."""
    row = work.get(Registration, due.payload["registration_id"])
    if row is not None:
        settle(work, row)
