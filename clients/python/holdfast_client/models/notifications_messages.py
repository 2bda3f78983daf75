"""What `notifications_messages` holds; how to read it says the package.

Generated (`make contracts`): do not edit.
"""

from __future__ import annotations

from typing import ClassVar

from pydantic import AwareDatetime

from holdfast_client.base import Data


class MessageFailed(Data):
    """Given up: `reason` is a stable word (bounced, suppressed, unknown, …) without an address.

    When a message is given up, also after it was sent and came back.

    Never: Said of one that is tried again.
    """

    TYPE: ClassVar[str] = "message.failed.v1"

    registration_id: str | None = None
    course_id: str | None = None
    person_id: str | None = None
    message_id: str | None = None
    template: str | None = None
    version: int | None = None
    channel: str | None = None
    reason: str | None = None
    failed_at: AwareDatetime | None = None


class MessageSent(Data):
    """Taken by the mail server.

    When a mail server, or whoever sends texts, has taken the message.

    Never: Proof that it arrived or was read. Nor its words or its address.
    """

    TYPE: ClassVar[str] = "message.sent.v1"

    registration_id: str | None = None
    course_id: str | None = None
    person_id: str | None = None
    message_id: str | None = None
    template: str | None = None
    version: int | None = None
    channel: str | None = None
    sent_at: AwareDatetime | None = None
