"""Whether a message that goes out once more still says what is true: for who asks for it, and when
its turn comes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.notifications.commands.course_seen import course_of
from services.notifications.commands.planning import messages_of, stopped_by, unknown_of
from services.notifications.commands.stories import held_of, mails_in, story_of, zone_of
from services.notifications.commands.theirs import for_them
from services.notifications.domain.reasons import why_not
from services.notifications.domain.wanted import TOO_LATE, too_late, wanted_again
from services.notifications.models import Completion, Course, Message, Person, Registration, Swap
from shared.runtime.rows import where
from shared.runtime.work import Work


@dataclass(frozen=True)
class Still:
    """What it covers; else why it is over, or could not be written (`unknown`)."""

    covers: Sequence[str] = ()
    over: str = ""
    unknown: str = ""


def still_told(work: Work, row: Registration, person: Person | None, message: Message) -> Still:
    """By the rules that would send it now: they know what is not true any more. What settling looks
    at has been read."""
    known = work.get(Course, row.course_id)
    course = for_them(known, row) if known else None
    if unknown := unknown_of(course, person):
        return Still(unknown=unknown)
    story, zone = story_of(row), zone_of(person, course)
    then = course_of(
        course,
        work.find(where(Completion, course_id=row.course_id)),
        work.find(where(Swap, course_id=row.course_id)),
    )
    if message.person_id != row.person_id:  # their links open nothing any more
        return Still(over=why_not(story, then, held_of(message)))
    held = [held_of(one) for one in mails_in(work.find(messages_of(row.registration_id)))]
    stopped = stopped_by(work, row.person_id)
    wish = wanted_again(story, then, zone, held, held_of(message), stopped)
    if wish is None:
        return Still(over=why_not(story, then, held_of(message)))
    if too_late(wish, work.now):
        return Still(over=TOO_LATE)
    return Still(wish.covers)
