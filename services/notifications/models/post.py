"""What comes back: by bounces, by whoever wants no more of a kind, by the mailbox for both."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from services.notifications.models.base import Base
from shared.runtime.tables import table


@table(
    "bounces",
    CheckConstraint("kind in ('hard', 'soft', 'delayed', 'complaint')", name="kind"),
    *(Index(None, name) for name in ("address_hash", "message_id")),
)
class Bounce(Base):
    """A mail that came back, or was complained of; nothing of it is kept but what it means.

    `sure`: it named what only whoever got the mail can know. `code`: an enhanced status or SMTP
    reply, "" where it gave none.
    """

    digest: str = Field(primary_key=True)
    message_id: str
    address_hash: str
    kind: str
    code: str
    sure: bool
    at: datetime


@table("unsubscribed")
class Unsubscribed(Base):
    """A person who gets no mails of a stream (domain/unsubscribing.py), and since when.

    `because`: `asked` or `complaint`.
    """

    person_id: str = Field(primary_key=True)
    stream: str = Field(primary_key=True)
    because: str
    at: datetime


@table("post_boxes")
class PostBox(Base):
    """How far the mailbox was read that mails come back to: all up to `uid` of `validity`.

    `away_since`: since when it could not be read.
    """

    name: str = Field(primary_key=True)
    validity: int = 0
    uid: int = 0
    looked_at: datetime | None = None
    away_since: datetime | None = None
