"""Send one text: the intent first, then the provider, then what came of it (as `sending.py`).

What was found in `sending` later, and had begun, may have gone out. Providers know no keys: unless
a receipt has said meanwhile that it did, nobody is asked again but a human. What had not begun is
taken back; the day's limit has counted it all the same.
"""

from __future__ import annotations

from services.notifications.commands.case import Case
from services.notifications.commands.course_seen import course_of
from services.notifications.commands.planning import settle, to_settle_again
from services.notifications.commands.recording import TASK, UNKNOWN, ask_staff, failed
from services.notifications.commands.sending import as_if_untried, is_due
from services.notifications.commands.stories import held_of, mails_in, story_of, zone_of
from services.notifications.commands.text_desk import (
    OVER_LIMIT,
    TextDesk,
    count,
    desk_needs,
    why_not,
)
from services.notifications.commands.texting import TEXT, said_before, wish_of
from services.notifications.commands.theirs import for_them
from services.notifications.domain.quiet import TOO_QUIET, when_to_send
from services.notifications.domain.texts import OVER, Wish
from services.notifications.domain.wanted import ERASED
from services.notifications.models import (
    Completion,
    Course,
    Message,
    Person,
    Registration,
    Swap,
)
from shared.runtime.due import Command, Due
from shared.runtime.plans import Plan, needs
from shared.runtime.rows import replace, where
from shared.runtime.tasks import task_key
from shared.runtime.work import Work


def preparing_texts(desk: TextDesk) -> Command:
    """The first half of sending a text."""

    def planned(due: Due) -> Plan:
        [message] = yield [(Message, due.ref)]
        if message is None or message.registration_id is None:
            return []
        [row] = yield [(Registration, message.registration_id)]
        theirs = yield from to_settle_again(row)
        [person] = yield [(Person, row.person_id)]
        return [*theirs, *desk_needs(desk, person), task_key(TASK, message.message_id)]

    @needs(planned)
    async def prepare_text(work: Work, due: Due) -> Case | None:
        """Is it still wanted, and may it go now? Then the intent is written, and the case given."""
        message = work.get(Message, due.ref)
        about = message.registration_id if message is not None else None
        row = work.get(Registration, about) if about is not None else None
        if message is None or row is None:
            return None
        untried = as_if_untried(work, message, due)
        if untried and message.state == "sending":
            work.put(replace(work.get(Message, due.ref) or message, recipient=""))
        settle(work, row)
        message, known = work.get(Message, due.ref), work.get(Course, row.course_id)
        if message is None or known is None or not is_due(message, work.now):
            return None
        if not untried:
            failed(work, message, UNKNOWN)
            ask_staff(work, message, UNKNOWN)
            return None
        person, course = work.get(Person, row.person_id), for_them(known, row)
        if person is None or not _goes(work, desk, row, course, person, message):
            return None
        return _intent(work, row, course, person, message)

    return prepare_text


def text_wish(
    work: Work, row: Registration, course: Course | None, message: Message
) -> Wish | None:
    """What a text that is there would say now; None where that is over."""
    then = course_of(
        course,
        work.find(where(Completion, course_id=row.course_id)),
        work.find(where(Swap, course_id=row.course_id)),
    )
    return wish_of(work, row, story_of(row), then, message)


def _goes(
    work: Work, desk: TextDesk, row: Registration, course: Course, person: Person, message: Message
) -> bool:
    """Whether it goes now; else why not, or when, is written."""
    wish = text_wish(work, row, course, message)
    state, why = "skipped", ""
    if person.erased or wish is None or message.person_id != row.person_id:
        state, why = "cancelled", ERASED if person.erased else OVER
    else:
        why = why_not(work, desk, person)
    if wish is not None and not why and not message.forced:
        when = when_to_send(wish, work.now, zone_of(person, course), desk.quiet)
        if when is None:
            why = TOO_QUIET
        elif when > work.now:
            work.put(replace(message, due_at=when))
            work.plan_due(TEXT, message.message_id, when, version=message.attempts)
            return False
    if not why and not count(work, desk):
        why = OVER_LIMIT
    if why:
        work.put(replace(message, state=state, forced=False, reason=why))
    return not why


def _intent(
    work: Work, row: Registration, course: Course, person: Person, message: Message
) -> Case:
    intent = replace(
        message,
        state="sending",
        attempts=message.attempts + 1,
        recipient=person.phone,
        provider_id="",
        delivery="",
    )
    work.put(intent)
    mails = mails_in(work.find(where(Message, registration_id=row.registration_id)))
    return Case(
        message=intent,
        registration=row,
        course=course,
        person=person,
        now=work.now,
        before=said_before(message, [held_of(one) for one in mails]),
    )
