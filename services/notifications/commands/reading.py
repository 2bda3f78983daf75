"""Reading what names people is audited; and a message as it would be written once more."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.notifications.commands.calendar import WITH_CALENDAR, entries_of
from services.notifications.commands.case import Case
from services.notifications.commands.overrides import overrides_of, theirs_of
from services.notifications.commands.stories import held_of, mails_in
from services.notifications.commands.texting import said_before
from services.notifications.commands.theirs import for_them
from services.notifications.commands.told import told_before
from services.notifications.domain.course import Said
from services.notifications.domain.story import Held
from services.notifications.domain.texts import SMS
from services.notifications.models import CalendarEntry, Course, Message, Person, Registration
from shared.runtime.database import Reader
from shared.runtime.rows import replace, where
from shared.runtime.work import Work


@dataclass(frozen=True, slots=True)
class Read:
    """`what` is a dotted verb (`messages.read`), `about` the ids of what was shown."""

    what: str
    about: tuple[str, ...]


def reading(what: str, about: Iterable[str]) -> Read:
    """A reading, each id once and in the order in which it was shown."""
    return Read(what, tuple(dict.fromkeys(about)))


async def read(work: Work, asked: Read) -> None:
    """Keep that it was read; where nobody was shown, nothing was."""
    if asked.about:
        work.audit(asked.what, " ".join(asked.about))


async def case_again(reader: Reader, message: Message, now: datetime) -> Case | str:
    """The message as it would be written once more; in words why not.

    What went out is not kept, only what it said of sessions: those stand here as it said them, all
    else as it is known now.
    """
    if message.registration_id is None:
        return "it told what stood when it was written, of which no copy is kept"
    row = await reader.get(Registration, message.registration_id)
    known = await reader.get(Course, row.course_id) if row else None
    if row is None or known is None or known.version == 0:
        return "its course is not known yet"
    person = await reader.get(Person, message.person_id or row.person_id)
    if person is None or person.erased:
        return "whoever it was for is not on record any more"
    others = await reader.find(where(Message, registration_id=row.registration_id))
    held: list[Held] = [held_of(one) for one in mails_in(others)]
    course = _as_said(for_them(known, row), message.said)
    told = await reader.find(where(CalendarEntry, registration_id=row.registration_id))
    carries = message.template in WITH_CALENDAR  # of which its words tell
    return Case(
        message=message,
        registration=row,
        course=course,
        person=person,
        now=message.sent_at or now,
        entries=tuple(entries_of(message, row, course, told)) if carries else (),
        before=_before(message, held),
        theirs=theirs_of(await reader.find(overrides_of(message.template))),
    )


def _before(message: Message, held: list[Held]) -> Said | None:
    if message.template != "session_changed":
        return None
    return (said_before if message.channel == SMS else told_before)(message, held)


def _as_said(course: Course, said: dict[str, Any]) -> Course:
    """The course with its sessions as the message told of them."""
    sessions = [
        {
            **one,
            "starts_at": told["starts_at"],
            "ends_at": told["ends_at"],
            "status": "cancelled" if told["cancelled"] else "scheduled",
        }
        if (told := said.get(one["session_id"]))
        else one
        for one in course.body["sessions"]
    ]
    return replace(course, body={**course.body, "sessions": sessions})
