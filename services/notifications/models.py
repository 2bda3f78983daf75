"""Tables: copies of what others said, and the messages made of it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field

from shared.runtime.tables import Json, service_base, table

_PLACE = ("due_at", "message_id")  # in which order staff are shown messages
_OPEN = "closed_at IS NULL"
_NOT_OUT = "state IN ('failed', 'planned')"


class Base(service_base("notifications")):  # type: ignore[misc]
    """Rows of this service."""


@table("courses", copied=True)
class Course(Base):
    """A course as last heard; version 0 is a stub, for a registration that was heard first."""

    course_id: str = Field(primary_key=True)
    version: int = 0
    body: dict[str, Any] = Json(default_factory=dict)


@table("people", copied=True)
class Person(Base):
    """A person as last heard. The only personal data here, but for a message's `recipient` and
    `subject_line`, and the hash of an address.

    Version 0 is a stub. An erased person stays as a mark without anything personal.
    """

    person_id: str = Field(primary_key=True)
    version: int = 0
    name: str = ""
    email: str = ""
    zone: str = ""
    locale: str = ""
    phone: str = ""  # E.164, of who agreed to texts, since `agreed_at`
    agreed_at: datetime | None = None
    erased: bool = False


@table("completions", Index(None, "course_id"), copied=True)
class Completion(Base):
    """A session that is over."""

    course_id: str = Field(primary_key=True)
    session_id: str = Field(primary_key=True)
    completed_at: datetime


@table("swaps", Index(None, "course_id"), copied=True)
class Swap(Base):
    """The last time another meeting was put behind the join links of a session."""

    course_id: str = Field(primary_key=True)
    session_id: str = Field(primary_key=True)
    swapped_at: datetime


@table("registrations", Index(None, "course_id"), Index(None, "person_id"))
class Registration(Base):
    """What was heard of one registration: each fact in a place of its own.

    `state` is the last that registration said ("" before the first). `facts` holds, by kind and
    id, what the events carried: no names, no addresses, no words of the learner.
    """

    registration_id: str = Field(primary_key=True)
    course_id: str
    person_id: str
    state: str = ""
    token_version: int = 0
    facts: dict[str, Any] = Json(default_factory=dict)


@table("credits")
class Credit(Base):
    """Out of which registration a credit came; what is left on it is a fact of that one's."""

    credit_id: str = Field(primary_key=True)
    registration_id: str


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
    have gone out. `resends` counts how often a human had it sent again;
    `forced` is such a one that is under way. `recipient` is the address it went to, of a letter to
    staff the one it goes to; it and `subject_line` are blank once the person is erased. `said`:
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


@table("suppressions")
class Suppression(Base):
    """An address that a mail server refused for good, known only by its hash; or a number that
    takes no texts, or whose owner answered STOP (`stopped`), by a keyed one."""

    address_hash: str = Field(primary_key=True)
    reason: str
    code: int
    at: datetime


@table("staff_tasks", Index("ix_staff_tasks_open", "opened_at", postgresql_where=text(_OPEN)))
class StaffTask(Base):
    """What needs a human, as a service said it; one that was closed before it was heard of has no
    `opened_at`. `urgent`: it cannot wait for the next morning."""

    task_id: str = Field(primary_key=True)
    service: str
    kind: str
    about: dict[str, str] = Json(default_factory=dict)
    what: str = ""
    urgent: bool = False
    opened_at: datetime | None = None
    due_at: datetime | None = None
    closed_at: datetime | None = None


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


class _Overriding(Base):
    """`language` "" is all of them; `source` "" that letters are by ours again. `ours`: the hash of
    our template that theirs was made from."""

    template: str = Field(primary_key=True)
    language: str = Field(primary_key=True)
    version: int
    source: str
    ours: str
    by: str
    reason: str
    at: datetime


@table("overrides")
class Override(_Overriding):
    """A provider's own template, as it stands."""


@table("override_versions", append_only=True)
class OverrideVersion(_Overriding):
    """Every version there was, with who and why."""

    version: int = Field(primary_key=True)


@table("text_counts")
class TextCount(Base):
    """How many texts were handed to a provider on a day (UTC): what they cost has a bound."""

    provider: str = Field(primary_key=True)
    day: date
    texts: int = 0


@table("text_replies")
class TextReply(Base):
    """An answer to a text, by the provider's id, taken once; only its sense is kept."""

    provider_id: str = Field(primary_key=True)
    answered: str
    at: datetime
