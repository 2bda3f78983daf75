"""Registrations, by whatever way they came, and what their people chose."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from services.registration.domain.transitions import STATES
from services.registration.models.base import Base, among
from shared.runtime.tables import Json, table


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
    among("state", STATES),
    among("seat", ("none", "held", "offered", "sold")),
    among("method", ("card", "invoice", "free")),
    Index(None, "course_id", "state", "ticket", "registration_id"),
    Index(None, "course_id", "registration_id"),
    Index(None, "person_id"),
    UniqueConstraint("live_key"),
)
class Registration(Base):
    """One person in one course. `course_version` names the policy and schedule that rule it.

    `seat` is the seat it has now, a state of its own: so a seat is released at most once. One that
    is `complimentary` is confirmed without a seat of the capacity, for whoever is there in a `role`
    (presenter, moderator or staff; else the empty text). `price_id` names the price of
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
    role: str
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
