"""Payments that a payer told the bank were not right."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from services.billing.models.base import Base
from shared.runtime.tables import Json, table


@table(
    "disputes",
    CheckConstraint("state in ('open', 'won', 'lost')", name="state"),
    CheckConstraint("amount_minor > 0", name="amount"),
    Index(None, "payment_id"),
    Index("ix_disputes_open", "dispute_id", postgresql_where=text("state = 'open'")),
)
class Dispute(Base):
    """A dispute as the gateway knows it, under the gateway's id."""

    dispute_id: str = Field(primary_key=True)
    gateway: str
    payment_id: str
    amount_minor: int
    currency: str
    state: str
    reason: str = ""
    opened_at: datetime
    closed_at: datetime | None = None


@table("dispute_parts", Index(None, "registration_id"))
class DisputePart(Base):
    """What of a dispute is one registration's; the parts together are the dispute.

    `taken` says who bore it when it was lost: account → amount.
    """

    dispute_id: str = Field(primary_key=True)
    registration_id: str = Field(primary_key=True)
    amount_minor: int
    taken: dict[str, int] | None = Json(default=None)
