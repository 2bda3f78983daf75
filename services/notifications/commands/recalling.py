"""What this service said is heard by it again after its database was restored from a backup: a mail
that went out since is known again before anything is sent (runtime.md §6, decision 103)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.notifications.commands.apart import SEND_APART
from services.notifications.commands.planning import SEND, SEND_LATER
from services.notifications.commands.texting import TEXT
from services.notifications.models import Message
from shared.contracts.notifications import MessageFailed, MessageSent, OfMessage
from shared.runtime.plans import needs
from shared.runtime.rows import replace
from shared.runtime.work import Work

_OUT = ("sent", "failed")


def _needs(event: OfMessage) -> Sequence[Any]:
    return [(Message, event.message_id)]


@needs(_needs)
async def recall_sent(work: Work, event: MessageSent) -> None:
    """It went out: it does not go out again by itself."""
    message = _known(work, event, event.sent_at)
    if message.state != "sent":
        done = replace(message, state="sent", forced=False, reason="", sent_at=event.sent_at)
        _keep(work, done)


@needs(_needs)
async def recall_failed(work: Work, event: MessageFailed) -> None:
    """It was given up; whoever was asked to see to it is a human's memory now, and the log's."""
    message = _known(work, event, event.failed_at)
    if message.state not in _OUT:
        _keep(work, replace(message, state="failed", forced=False, reason=event.reason))


def _known(work: Work, event: OfMessage, at: datetime) -> Message:
    """As it was planned; else as far as its fact tells. What it was about in its words (its
    subject, what it covered, the address) is not said, and stays empty."""
    return work.get(Message, event.message_id) or Message(
        message_id=event.message_id,
        dedup_key=f"recalled/{event.message_id}",
        registration_id=event.registration_id,
        course_id=event.course_id,
        person_id=event.person_id,
        template=event.template,
        subject="",
        version=event.version,
        state="planned",
        due_at=at,
        channel=event.channel,
    )


def _keep(work: Work, message: Message) -> None:
    work.put(message)
    for kind in (SEND, SEND_LATER, SEND_APART, TEXT):
        work.drop_due(kind, message.message_id)
