"""What somebody asks for who registers, and what they get."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from services.registration.commands.prerequisites import (
    NOTHING,
    Shown,
)
from services.registration.commands.pricing import NONE_ASKED, PriceAsked
from services.registration.commands.recognising import (
    Known,
)
from services.registration.commands.steps import (
    living,
)
from services.registration.domain.attendee import Attendee
from services.registration.domain.same_person import person_key
from services.registration.models import Course, Person, Registration
from shared.runtime.rows import Query


@dataclass(frozen=True)
class Register:
    """Somebody asks for a place. `by` goes into the history; credits are digests of their codes."""

    course_id: str
    attendee: Attendee
    disclosure_version: str | None
    method: str
    by: str
    may_invoice: bool = False
    credit_digests: tuple[str, ...] = ()
    organisation: str | None = None
    partner: tuple[str, str] | None = None  # partner id and item id
    shown: Shown = NOTHING  # of the courses that this one builds on
    accommodation: str = ""  # what they need to take part, in their own words
    known: Known | None = None  # by an earlier registration: then no new person is made
    person: Person | None = None  # who that is
    own: Person | None = None  # as they were known before they were merged: whose row it will be
    price: PriceAsked = NONE_ASKED
    complimentary: str | None = None  # presenter, moderator or staff: no seat of the capacity

    @cached_property
    def living(self) -> Query[Registration]:
        """The registration that person has in the course, if one lives."""
        return living(self.person_key)

    @cached_property
    def person_key(self) -> str:
        """The same person within the course."""
        who = self.own or self.attendee
        return person_key(self.course_id, who.name, who.email)


@dataclass(frozen=True)
class Placed:
    """The registration, and whether it was there before; `position` while it waits."""

    registration: Registration
    course: Course
    existing: bool = False
    position: int | None = None
    attendee: Attendee | None = None  # as recorded, of a new registration
