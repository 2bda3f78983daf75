"""Texts beside the mails of one registration: planned, moved and cancelled with them.

Called wherever its mails are decided anew, and again before a text goes out.
"""

from __future__ import annotations

import hmac
from hashlib import sha256

from services.notifications.commands.new_messages import new_text
from services.notifications.commands.stories import held_of
from services.notifications.domain.course import Course, Said
from services.notifications.domain.moves import last_told
from services.notifications.domain.story import Held, Story
from services.notifications.domain.texts import SMS, Wish, decide_texts, texts_of
from services.notifications.domain.wanted import ERASED
from services.notifications.models import Message, Person, Registration
from shared.runtime.rows import replace, where
from shared.runtime.work import Work

TEXT = "text"  # the kind of deadline


def number_hash(secret: str, phone: str) -> str:
    """How a number is known without being kept. Keyed: of all numbers there are, who had the hashes
    alone could make a list in an hour."""
    return hmac.new(secret.encode(), f"number/{phone}".encode(), sha256).hexdigest()


def settle_texts(
    work: Work, row: Registration, story: Story, course: Course, person: Person | None
) -> None:
    """Decide anew which texts go with its mails, and write what changed."""
    agreed_at = person.agreed_at if person is not None and person.phone else None
    there = work.find(where(Message, registration_id=row.registration_id))
    texts = {one.message_id: one for one in there if one.channel == SMS}
    if agreed_at is None and not texts:
        return
    mails = {one.message_id: one for one in there if one.channel != SMS}
    wishes = texts_of(story, course, [held_of(one) for one in mails.values()])
    gone = ERASED if person is not None and person.erased else ""
    held = [held_of(one) for one in texts.values()]
    for one in decide_texts(wishes, held, agreed_at, work.now, gone):
        message = replace(
            texts.get(one.message_id) or new_text(row, one),
            state=one.state,
            due_at=one.due_at,
            reason=one.reason,
        )
        work.put(message)
        if message.state == "planned":
            work.plan_due(TEXT, message.message_id, message.due_at, version=message.attempts)
        else:
            work.drop_due(TEXT, message.message_id)


def wish_of(
    work: Work, row: Registration, story: Story, course: Course, message: Message
) -> Wish | None:
    """What a text that is there would say now; None where that is over."""
    there = work.find(where(Message, registration_id=row.registration_id))
    mails = [held_of(one) for one in there if one.channel != SMS]
    found = {wish.message_id: wish for wish in texts_of(story, course, mails)}
    return found.get(message.message_id)


def said_before(message: Message, held: list[Held]) -> Said | None:
    """What they were told of the session before, by other mails than the one that a text goes
    with."""
    about = (message.template, message.subject, message.version)
    others = [
        one
        for one in held
        if one.person_id == message.person_id and (one.template, one.subject, one.version) != about
    ]
    return last_told(others, message.subject)
