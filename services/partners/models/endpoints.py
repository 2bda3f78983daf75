"""Webhooks: where partners want to hear, and what became of each delivery (decision 121)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from services.partners.models.base import Base
from shared.runtime.tables import Json, table


@table(
    "endpoints",
    CheckConstraint("state in ('active', 'disabled', 'removed')", name="state"),
    Index(None, "partner_id"),
    Index(None, "state"),
)
class Endpoint(Base):
    """An address that a partner is told at. Empty `types` or `courses` leave nothing out of what
    the partner may see.

    `position` is how far in the log it has come; what was tried and has to be tried again is a
    delivery. `failures` to `pause` are its health (`domain/endpoints.py`); `apart` where it fails
    or is slow. What was tried before `recovered_at` does not wait for its own time any more. Until
    `former_until` it is signed with those from `former_version` on (null: the one before
    `secret_version`), too.
    """

    endpoint_id: str = Field(primary_key=True)
    partner_id: str
    url: str
    types: list[str] = Json()
    courses: list[str] = Json()
    ordered: bool = False
    concurrency: int = 4
    state: str = "active"
    reason: str = ""
    position: int
    failures: int = 0
    failing_since: datetime | None = None
    held_until: datetime | None = None
    pause: int = 0
    apart: bool = False
    last_success_at: datetime | None = None
    recovered_at: datetime | None = None
    tests: int = 0
    secret_version: int = 1
    former_version: int | None = None
    former_until: datetime | None = None
    version: int = 1
    created_at: datetime
    updated_at: datetime


@table(
    "deliveries",
    CheckConstraint("status in ('waiting', 'delivered', 'parked')", name="status"),
    CheckConstraint("(status = 'waiting') = (next_at IS NOT NULL)", name="next_at"),
    Index(None, "endpoint_id", "status", "next_at"),
    Index(None, "partner_id", "first_at", "endpoint_id", "position"),
    Index(None, "event_id"),
    Index(None, "status", "last_at"),
)
class Delivery(Base):
    """An occurrence as one endpoint was sent it. A test event has no place in the log: its
    `position` is negative, and it belongs to no course.

    With no `attempts` yet it was asked for again, or waits behind another of its subject.
    """

    endpoint_id: str = Field(primary_key=True)
    position: int = Field(primary_key=True)
    partner_id: str
    event_id: str
    type: str
    course_id: str
    subject: str
    status: str
    attempts: int = 0
    next_at: datetime | None = None
    answered: int | None = None
    reason: str = ""
    first_at: datetime
    last_at: datetime
