"""A person is erased: nothing personal of them stays here, and nothing more is sent to them.

What stays of their messages is that there were some, of which template and when. The hash of an
address that does not work stays on the suppression list, which names nobody (decision 86).
"""

from __future__ import annotations

from services.notifications.commands.bounces import TROUBLED
from services.notifications.commands.hear import of_person
from services.notifications.commands.planning import settle
from services.notifications.commands.recording import TASK
from services.notifications.commands.waiting import wait_no_more
from services.notifications.models import Bounce, Message, Person, Registration, Unsubscribed
from shared.runtime.plans import Plan, needs
from shared.runtime.rows import replace, where
from shared.runtime.tasks import task_key
from shared.runtime.work import Work


def _needs(person_id: str) -> Plan:
    theirs = yield from of_person(person_id)
    mails = where(Message, person_id=person_id)
    [sent] = yield [mails]
    came_back = [where(Bounce, message_id=message.message_id) for message in sent]
    found = yield came_back
    hashed = sorted({bounce.address_hash for rows in found for bounce in rows})
    return [
        *theirs,
        mails,
        where(Unsubscribed, person_id=person_id),
        *came_back,
        *(where(Bounce, address_hash=one) for one in hashed),
        *(task_key(TROUBLED, one) for one in hashed),
        *(task_key(TASK, message.message_id) for message in sent),
    ]


@needs(_needs)
async def forget_person(work: Work, person_id: str) -> None:
    """Erased: their copy, where their mails went and what stood in the subjects, what came back."""
    work.put(Person(person_id=person_id, erased=True))
    for row in work.find(where(Registration, person_id=person_id)):
        wait_no_more(work, row)
        settle(work, row)
    for message in work.find(where(Message, person_id=person_id)):
        if message.recipient or message.subject_line:
            work.put(replace(message, recipient="", subject_line=""))
        work.close_task(TASK, message.message_id)  # there is nobody to see to it for
        _forget_bounces(work, message)
    for wish in work.find(where(Unsubscribed, person_id=person_id)):
        work.delete(wish)


def _forget_bounces(work: Work, message: Message) -> None:
    """Of an address that several share, what came back of the others' mails stays."""
    for bounce in work.find(where(Bounce, message_id=message.message_id)):
        work.delete(bounce)
        if not work.find(where(Bounce, address_hash=bounce.address_hash)):
            work.close_task(TROUBLED, bounce.address_hash)
