"""The row of a message that is wanted and not there yet: a mail, or the text that goes with one."""

from __future__ import annotations

from services.notifications.domain.keys import dedup_key
from services.notifications.domain.story import Held
from services.notifications.domain.texts import SMS, text_key
from services.notifications.models import Message, Registration
from shared.runtime.rows import replace


def new_message(row: Registration, one: Held) -> Message:
    """The row of a message that is wanted for the first time; what it covers is written after."""
    about = (one.template, one.subject, one.version)
    return Message(
        message_id=one.message_id,
        dedup_key=dedup_key(row.registration_id, one.person_id, *about),
        registration_id=row.registration_id,
        course_id=row.course_id,
        person_id=one.person_id,
        template=one.template,
        subject=one.subject,
        version=one.version,
        state=one.state,
        due_at=one.due_at,
    )


def new_text(row: Registration, one: Held) -> Message:
    """The same of a text; it has a key of its own, so that a mail and its text are two."""
    mail = new_message(row, one)
    return replace(mail, dedup_key=text_key(mail.dedup_key), channel=SMS)
