"""A person is erased: nothing personal of them stays here, and nothing more is sent to them.

What stays of their messages is that there were some, of which template and when. The hash of an
address that does not work stays on the suppression list, which names nobody (decision 86).
"""

from __future__ import annotations

from services.notifications.commands.bounces import TROUBLED
from services.notifications.commands.hear import of_person
from services.notifications.commands.planning import settle
from services.notifications.commands.recording import TASK, address_hash
from services.notifications.commands.waiting import wait_no_more
from services.notifications.models import Bounce, Message, Person, Registration, Unsubscribed
from shared.runtime.plans import Plan, needs
from shared.runtime.rows import replace, where
from shared.runtime.tasks import task_key
from shared.runtime.work import Work


def _needs(person_id: str) -> Plan:
    theirs = yield from of_person(person_id)
    mails = where(Message, person_id=person_id)
    [person, sent] = yield [(Person, person_id), mails]
    hashed = _hashes(person, sent)
    return [
        *theirs,
        mails,
        where(Unsubscribed, person_id=person_id),
        *(where(Bounce, address_hash=one) for one in hashed),
        *(task_key(TROUBLED, one) for one in hashed),
        *(task_key(TASK, message.message_id) for message in sent),
    ]


@needs(_needs)
async def forget_person(work: Work, person_id: str) -> None:
    """Erased: their copy, where their mails went and what stood in the subjects, what came back."""
    mails = list(work.find(where(Message, person_id=person_id)))
    hashed = _hashes(work.get(Person, person_id), mails)
    work.put(Person(person_id=person_id, erased=True))
    for row in work.find(where(Registration, person_id=person_id)):
        wait_no_more(work, row)
        settle(work, row)
    for message in work.find(where(Message, person_id=person_id)):
        if message.recipient or message.subject_line:
            work.put(replace(message, recipient="", subject_line=""))
        work.close_task(TASK, message.message_id)  # there is nobody to see to it for
    for wish in work.find(where(Unsubscribed, person_id=person_id)):
        work.delete(wish)
    ids = {message.message_id for message in mails}
    for one in hashed:
        _forget_bounces(work, one, ids)


def _forget_bounces(work: Work, hashed: str, ids: set[str]) -> None:
    """Of an address that several share, the others' stay."""
    there = work.find(where(Bounce, address_hash=hashed))
    for bounce in there:
        if bounce.message_id in ids:
            work.delete(bounce)
    if all(bounce.message_id in ids for bounce in there):
        work.close_task(TROUBLED, hashed)


def _hashes(person: Person | None, mails: list[Message]) -> list[str]:
    """By which hashes addresses of theirs are known."""
    addresses = {person.email} if person else set()
    addresses |= {message.recipient for message in mails}
    return sorted({address_hash(one) for one in addresses if one})
