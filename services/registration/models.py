"""Tables of registration, in the order in which a batch locks them: the seats of a course first.

Whoever changes a registration that may free or take a seat holds the row of its course's seats;
so the waiting list, which is the registrations in the state `waitlisted` by ticket, is stable.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from services.registration.domain.transitions import STATES
from shared.runtime.tables import Json, service_base, table


class Base(service_base("registration")):  # type: ignore[misc]
    """Rows of registration."""


def _among(column: str, values: tuple[str, ...]) -> CheckConstraint:
    return CheckConstraint(f"{column} in ({', '.join(repr(v) for v in values)})", name=column)


@table("seats", CheckConstraint("least(capacity, sold, held, offered, waiting) >= 0", name="whole"))
class Seats(Base):
    """The count of a course's seats; `tickets` numbers those who wait, in order of arrival."""

    course_id: str = Field(primary_key=True)
    capacity: int
    sold: int = 0
    held: int = 0
    offered: int = 0
    waiting: int = 0
    tickets: int = 0


@table("courses", _among("status", ("published", "cancelled")), Index(None, "first_start"))
class Course(Base):
    """A course as it stands now: `terms` is what a new registration needs of it."""

    course_id: str = Field(primary_key=True)
    version: int
    status: str
    fingerprint: str
    first_start: datetime
    last_end: datetime
    opens_at: datetime | None
    closes_at: datetime
    terms: dict[str, Any] = Json()
    published_at: datetime


@table("price_codes", CheckConstraint("used >= 0", name="used"))
class PriceCode(Base):
    """The code by which a price of a course is given, as a digest; `most` uses, none: any number.

    `ended`: the course's file has it no more.
    """

    course_id: str = Field(primary_key=True)
    price_id: str = Field(primary_key=True)
    digest: str
    most: int | None
    used: int
    ended: bool


@table("course_versions", append_only=True)
class CourseVersion(Base):
    """A course as it stood at a version, whole: never changed, for registrations point to it."""

    course_id: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    document: dict[str, Any] = Json()
    published_at: datetime
    by: str


@table("withdrawals")
class Withdrawal(Base):
    """What the provider cancelled: a course (`session_id` is empty), or one session of it.

    `reason` is what the provider lets everybody know. Until `choose_until` learners may say what
    they want for it; `concerned` is how many live registrations there were. `schedule_version` is
    the session's as cancelled: who agreed to an older one was to have the session.
    """

    course_id: str = Field(primary_key=True)
    session_id: str = Field(primary_key=True)
    cancelled_at: datetime
    reason: str
    choose_until: datetime | None
    prefer_credit: bool
    concerned: int
    schedule_version: int = 0


@table("submissions")
class Submission(Base):
    """A partner's item: its first answer holds, however often it is sent."""

    partner_id: str = Field(primary_key=True)
    item_id: str = Field(primary_key=True)
    registration_id: str
    outcome: str
    reason: str
    answered_at: datetime


@table(
    "registrations",
    _among("state", STATES),
    _among("seat", ("none", "held", "offered", "sold")),
    _among("method", ("card", "invoice", "free")),
    Index(None, "course_id", "state", "ticket", "registration_id"),
    Index(None, "course_id", "registration_id"),
    Index(None, "person_id"),
    UniqueConstraint("live_key"),
)
class Registration(Base):
    """One person in one course. `course_version` names the policy and schedule that rule it.

    `seat` is the seat it has now, a state of its own: so a seat is released at most once. One that
    is `complimentary` is confirmed without a seat of the capacity. `price_id` names the price of
    the course that was given, the empty text the list price; `choose_until` runs while the learner
    may still say what they want for what the provider cancelled. `transfer_to` is the registration
    it was moved to, or is to be moved to once the difference is paid (`commands/transfers.py`).
    `person_key` tells the same person within the course (a digest, no name); `live_key` is the
    same while the registration lives, so that nobody lives twice in a course.
    """

    registration_id: str = Field(primary_key=True)
    course_id: str
    course_version: int
    person_id: str
    person_key: str | None
    live_key: str | None
    state: str
    seat: str
    ticket: int | None
    method: str
    price_minor: int
    currency: str
    price_id: str
    complimentary: bool
    organisation: str | None
    tax_place: str
    group_id: str | None
    transferred_from: str | None
    transfer_to: str | None
    credit_ids: list[str] = Json()
    first_start: datetime
    disclosure_version: str | None
    disclosed_at: datetime | None
    token_version: int
    revision: int
    requested_at: datetime
    hold_expires_at: datetime | None
    offer_expires_at: datetime | None
    confirmed_at: datetime | None
    basis: str | None
    cancel_requested_at: datetime | None
    choose_until: datetime | None
    partner_id: str | None
    item_id: str | None


@table("choices")
class Choice(Base):
    """What a registration gets for what the provider cancelled, a course or a session of it.

    Written once, by the learner who chose, by staff for them, or by the system. A registration that
    has one of the whole course was cancelled by the provider.
    """

    registration_id: str = Field(primary_key=True)
    session_id: str = Field(primary_key=True)
    outcome: str
    chosen_at: datetime
    by: str


@table("people", Index(None, "email_key"), Index(None, "alias"), Index(None, "merged_into"))
class Person(Base):
    """A person as recorded now: the only table with personal data.

    `merged_into` is the person that staff say this one is; the row stays as it was recorded, but
    for its version. `alias` is a digest of name and address, of those only who were merged or into
    whom somebody was: by any of them they are known within a course.
    """

    person_id: str = Field(primary_key=True)
    version: int
    name: str
    email: str
    email_key: str
    zone: str
    locale: str
    profession: str
    licenses: list[dict[str, str]] = Json()
    alias: str | None
    merged_into: str | None
    recorded_at: datetime


@table("person_changes")
class PersonChange(Base):
    """Staff merged a person into another one, or parted them again; `reason` is erasable."""

    person_id: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    at: datetime
    by: str
    act: str
    other: str
    reason: str


@table("history", append_only=True)
class History(Base):
    """What happened to a registration: who, when, why (a slug); only ever added to."""

    registration_id: str = Field(primary_key=True)
    revision: int = Field(primary_key=True)
    at: datetime
    by: str
    act: str
    before: str | None
    state: str
    why: str
    facts: dict[str, Any] = Json()


@table("words")
class Words(Base):
    """What a person wrote at a step of the history: kept apart, so that it can be erased.

    `person_id` is the learner whose it is, who wrote it or is answered; null where it is staff's.
    `said` is by what it says: reason, override, evidence, waiver, statement, accommodation, answer.
    """

    registration_id: str = Field(primary_key=True)
    revision: int = Field(primary_key=True)
    person_id: str | None
    said: dict[str, str] = Json()


@table("invoices")
class Invoice(Base):
    """What billing said of a registration's share of an invoice, which may be for others too.

    `answered`: it was paid, and we said what follows.
    """

    registration_id: str = Field(primary_key=True)
    invoice_id: str = Field(primary_key=True)
    paid_at: datetime | None
    voided_at: datetime | None
    answered: bool


@table(
    "certificates",
    Index(None, "course_id"),
    Index(None, "registration_id"),
    Index(None, "number"),
)
class Certificate(Base):
    """What certificates said of one: it lives while issued, not revoked and not superseded.

    The number stands here as it is compared, capitals and digits only; it is null of one that is
    only known by what superseded it.
    """

    certificate_id: str = Field(primary_key=True)
    registration_id: str | None
    course_id: str
    number: str | None
    issued: bool
    ended: bool


@table("prerequisites_met")
class PrerequisiteMet(Base):
    """What a person proved of an earlier course for a registration: by which certificate.

    It is null where staff did without. Kept by person, for a substitute proves their own.
    """

    registration_id: str = Field(primary_key=True)
    person_id: str = Field(primary_key=True)
    course_id: str = Field(primary_key=True)
    certificate_id: str | None
    met_at: datetime


@table("sessions_completed")
class SessionDone(Base):
    """A session of which attendance said that it is completed."""

    course_id: str = Field(primary_key=True)
    session_id: str = Field(primary_key=True)
    completed_at: datetime


@table("credits")
class Credit(Base):
    """A credit's id by the digest of its code, so that one can be asked for by its code.

    `holder_id` is a person's id or an organisation's name; nobody else may spend it, unless it is
    `transferable`.
    """

    code_digest: str = Field(primary_key=True)
    credit_id: str
    holder_kind: str
    holder_id: str
    transferable: bool
