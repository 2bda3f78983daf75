"""The messages made of it, and what calendars were told."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field

from services.notifications.models.base import Base
from shared.runtime.tables import Json, table

_PLACE = ("due_at", "message_id")  # in which order staff are shown messages
_NOT_OUT = "state IN ('failed', 'planned')"


@table(
    "messages",
    CheckConstraint(
        "state in ('planned', 'sending', 'sent', 'skipped', 'cancelled', 'failed')", name="state"
    ),
    CheckConstraint("channel in ('mail', 'sms')", name="channel"),
    UniqueConstraint("dedup_key"),
    *(Index(None, name) for name in ("registration_id", "person_id", "recipient")),
    *(Index(None, *first, *_PLACE) for first in ((), ("course_id",), ("template",))),
    Index("ix_messages_not_out", "state", *_PLACE, postgresql_where=text(_NOT_OUT)),
    Index("ix_messages_texts", *_PLACE, postgresql_where=text("channel = 'sms'")),
)
class Message(Base):
    """One message: planned → sending → sent | failed; or skipped, or cancelled.

    `sending` is the intent, written before the mail server is asked: a row found in it later may
    have gone out. `resends` counts how often a human had it sent again; `forced` is such a one that
    is under way. `recipient` is the address it went to, or is on its way to; of a letter to staff
    the one it goes to; it and `subject_line` are blank once the person is erased. `said`:
    what it told of sessions, by their ids; empty until it is under way, and again where it did not
    go out. A text (`sms`) goes with a mail, by a key of its own; its `recipient` is the number,
    as soon as it is under way. `provider_id` is what the provider calls it, `delivery` the last
    that a receipt said.
    """

    message_id: str = Field(primary_key=True)
    dedup_key: str
    registration_id: str | None  # null: a message about no registration
    course_id: str | None
    person_id: str | None
    template: str
    subject: str
    version: int
    state: str
    due_at: datetime
    covers: list[str] = Json(default_factory=list)
    reason: str = ""
    attempts: int = 0
    resends: int = 0
    recipient: str = ""
    subject_line: str = ""
    forced: bool = False
    sent_at: datetime | None = None
    said: dict[str, Any] = Json(default_factory=dict)
    channel: str = "mail"
    provider_id: str = ""
    delivery: str = ""


@table("calendar_entries", Index(None, "registration_id"))
class CalendarEntry(Base):
    """What a learner's calendar was last told of one session; `token_version`: by which links."""

    uid: str = Field(primary_key=True)
    registration_id: str
    session_id: str
    sequence: int
    method: str
    starts_at: datetime
    ends_at: datetime
    place: str = ""
    token_version: int = 1
