"""What notifications says: which message went out or failed, never its words or address."""

from __future__ import annotations

from typing import Any, ClassVar

from shared.contracts import reference
from shared.contracts.event import Event, Id, Instant, Slug, Text

_MESSAGE = reference.ABOUT | {
    "message_id": "0192a0b0-5c1e-7a10-8f00-00000000e101",
    "template": "registration_confirmed",
    "version": 1,
    "channel": "mail",
}


class OfMessage(Event):
    """Base of the facts of one message; `version` is that of what the message is about.

    A message that is about no registration (a digest to staff, say) is keyed by its own id.
    """

    topic = "notifications.messages"
    key = "registration_id"

    registration_id: Id | None = None
    course_id: Id | None = None
    person_id: Id | None = None
    message_id: Id
    template: Text
    version: int = 1
    channel: Text = "mail"

    def key_of(self) -> str:
        return self.registration_id or self.message_id


class MessageSent(OfMessage):
    """Taken by the mail server."""

    type = "message.sent.v1"
    when = "When a mail server, or whoever sends texts, has taken the message."
    never = "Proof that it arrived or was read. Nor its words or its address."
    example: ClassVar[dict[str, Any]] = _MESSAGE | {"sent_at": "2020-09-14T15:07:31Z"}

    sent_at: Instant


class MessageFailed(OfMessage):
    """Given up: `reason` is a stable word (bounced, suppressed, unknown, …) without an address."""

    type = "message.failed.v1"
    when = "When a message is given up, also after it was sent and came back."
    never = "Said of one that is tried again."
    example: ClassVar[dict[str, Any]] = _MESSAGE | {
        "reason": "bounced",
        "failed_at": "2020-09-14T15:07:31Z",
    }

    reason: Slug
    failed_at: Instant
