"""Money that goes back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from services.billing.models.base import Base
from shared.runtime.tables import table


@table(
    "refunds",
    CheckConstraint(
        "state in ('requested', 'submitted', 'succeeded', 'failed', 'unknown')", name="state"
    ),
    CheckConstraint("amount_minor > 0", name="amount"),
    Index(None, "registration_id"),
    Index(None, "gateway_ref"),
    Index(None, "requested_at", "refund_id"),
    Index(None, "state", "requested_at", "refund_id"),
    Index(
        "ix_refunds_under_way",
        "state",
        "currency",
        "requested_at",
        postgresql_where=text("state IN ('requested', 'submitted', 'unknown')"),
    ),
)
class Refund(Base):
    """One attempt to give a registration's money back out of a payment.

    Its id, `refund:{payment}:{n}`, is the key at the gateway. One that was made in the gateway's
    own dashboard is `dashboard:{gateway}:{id}:{n}`; one by a bank is of the gateway `bank`.

    A debt may need several attempts: each `replaces` the one before, that failed, and all of them
    carry the id of the first as their `debt`. `failure` is what can be done about one that failed,
    in the gateway's words (`domain/seen.py`), or `lost`: the bank has taken the money itself. One
    under way that is `lost`, or `beside` one of the dashboard's, is looked for and not made again.
    `booked` is the ledger transaction of its success, for the one that takes it back to name.
    """

    refund_id: str = Field(primary_key=True)
    payment_id: str
    registration_id: str
    gateway: str
    tender: str
    amount_minor: int
    currency: str
    state: str
    cause: str
    reason: str = ""
    requested_by: str = ""
    gateway_ref: str | None = None
    debt: str
    replaces: str | None = None
    failure: str = ""
    reference: str = ""
    requested_at: datetime
    submitted_at: datetime | None = None
    settled_at: datetime | None = None
    booked: str | None = None
