"""What partners says: all API keys as state, partners' submissions as inbound facts (events.md)."""

from __future__ import annotations

from typing import Any, ClassVar

from shared.contracts import reference
from shared.contracts.event import Event, Id, Instant, Part, Text
from shared.contracts.registration import License

_KEY = {
    "key_id": "0192a0b0-5c1e-7a10-8f00-000000009001",
    "version": 1,
    "hash": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
    "scopes": ["partner:ibh"],
    "partner_id": "ibh",
    "label": "Institute for Better Health",
    "issued_at": "2020-09-01T13:00:00Z",
}
_ITEM = {
    "partner_id": "ibh",
    "item_id": "cohort-7/31",
    "course_id": reference.COURSE_ID,
    "submitted_at": "2020-09-14T15:04:05Z",
}
_ATTENDEE = {
    "name": "Ada Example",
    "email": "ada@learners.example",
    "profession": "psychologist",
    "licenses": [{"state": "CA", "number": "PSY00000"}],
    "zone": "America/Los_Angeles",
    "locale": "en",
}


class Key(Event):
    """Base of the two: a key's whole state. `hash` is the SHA-256 of the key, in hex."""

    topic = "partners.keys"
    key = "key_id"

    key_id: Id
    version: int
    hash: Text
    scopes: tuple[Text, ...] = ()
    partner_id: Id | None = None
    label: Text = ""
    issued_at: Instant
    expires_at: Instant | None = None


class KeyIssued(Key):
    """A key is good from now on, or its whole state was said again."""

    type = "key.issued.v1"
    when = "When a key is made."
    never = "The key itself: its `hash` opens nothing."
    example: ClassVar[dict[str, Any]] = _KEY


class KeyRevoked(Key):
    """The key is dead from now on."""

    type = "key.revoked.v1"
    when = "When staff revoke a key."
    never = "Said of a key that ran out: that one named its `expires_at` from the first."
    example: ClassVar[dict[str, Any]] = _KEY | {
        "version": 2,
        "revoked_at": "2020-12-01T10:00:00Z",
    }

    revoked_at: Instant


class Attendee(Part):
    """A person as the partner names them; `birth_day` is `MM-DD`, where a course asks for it."""

    name: Text
    email: Text
    profession: Text = ""
    licenses: tuple[License, ...] = ()
    birth_day: Text = ""
    zone: Text = ""
    locale: Text = "en"


class OfItem(Event):
    """Base of what a partner sends in, checked for shape and rights; kept 30 days."""

    topic = "partners.inbound"
    key = ("partner_id", "item_id")

    partner_id: Id
    item_id: Id
    course_id: Id
    submitted_at: Instant


class PartnerRegistrationSubmitted(OfItem):
    """A partner asks for a seat for one of its people.

    `prerequisites` are numbers of this person's certificates of earlier courses.
    """

    type = "partner.registration.submitted.v1"
    when = "When a partner's line is accepted by its form and its rights."
    never = (
        "A registration: what became of it is `registration.requested`, `registration.waitlisted`"
        " or `registration.refused`, which name the item."
    )
    example: ClassVar[dict[str, Any]] = _ITEM | {
        "attendee": _ATTENDEE,
        "disclosure_version": "2020-09-01",
        "payment_method": "invoice",
        "organisation": "Institute for Better Health, Inc",
    }

    attendee: Attendee
    disclosure_version: Text = ""
    payment_method: Text = "invoice"
    organisation: Text | None = None
    prerequisites: tuple[Text, ...] = ()


class PartnerAttendanceReported(OfItem):
    """One interval, of a registration or of a person as the partner names them."""

    type = "partner.attendance.reported.v1"
    when = "When a partner's line is accepted by its form and its rights."
    never = (
        "What counts: it is evidence beside others', and `attendance.settled` says what came of "
        "all."
    )
    example: ClassVar[dict[str, Any]] = _ITEM | {
        "session_id": "s1",
        "registration_id": reference.REGISTRATION_ID,
        "joined_at": "2020-10-19T20:00:00Z",
        "left_at": "2020-10-19T22:00:00Z",
    }

    session_id: Id
    registration_id: Id | None = None
    attendee: Attendee | None = None
    joined_at: Instant
    left_at: Instant
