"""What billing knows of a registration, and the snapshot that rules it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field

from services.billing.models.base import Base
from shared.runtime.tables import Json, table


@table(
    "registrations",
    Index(None, "course_id"),
    Index(
        "ix_registrations_invoiced",
        "requested_at",
        "registration_id",
        postgresql_where=text("invoice_id IS NOT NULL"),
    ),
    Index(None, "invoice_state", "requested_at", "registration_id"),
    Index(
        "ix_registrations_state_unknown",
        "requested_at",
        "registration_id",
        postgresql_where=text("invoice_state IS NULL AND invoice_id IS NOT NULL"),
    ),
)
class Registration(Base):
    """What billing knows of a registration. A stub until `registration.requested` was heard.

    `payer_id` is the person at purchase, `person_id` who holds the seat now. `moved_in_at` is when
    the value of the registration that it was `transferred_from` was taken over, whatever that was.
    `role` is that of a complimentary seat (presenter, moderator or staff), whoever has it.
    `invoice_state` is that of its share (open, paid or void), to be found by; what rules are the
    lines and what came (`commands/keep_state.py`).
    """

    registration_id: str = Field(primary_key=True)
    course_id: str
    person_id: str
    payer_id: str
    organisation: str | None = None
    payment_method: str | None = None
    price_minor: int = 0
    currency: str = ""
    invoice_id: str | None = None
    group_id: str | None = None
    token_version: int = 0
    requested_at: datetime | None = None
    confirmed_at: datetime | None = None
    basis: str | None = None
    expired_at: datetime | None = None
    completed_at: datetime | None = None
    transferred_from: str | None = None
    transferred_to: str | None = None
    moved_in_at: datetime | None = None
    credits_refused: list[dict[str, str]] | None = Json(default=None)  # {credit_id, reason}
    role: str | None = None
    invoice_state: str | None = None


@table("terms")
class Terms(Base):
    """The snapshot that rules a registration for ever; written once, as requested."""

    registration_id: str = Field(primary_key=True)
    kind: str
    course_version: int
    starts_at: datetime
    schedule: list[dict[str, Any]] = Json()
    policy: dict[str, Any] = Json()
    tax: dict[str, Any] | None = Json(default=None)
