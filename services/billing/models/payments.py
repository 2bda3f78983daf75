"""Money that comes in: pages to pay on, payments, and whose they are."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from services.billing.models.base import Base
from shared.runtime.tables import table


@table("checkouts", Index(None, "invoice_id"))
class Checkout(Base):
    """A page at the gateway on which an invoice can be paid; its id is the key we send.

    Pages end: `generation` counts those that were opened for the same amount, one after another.
    `expires_at` is by the gateway's clock, and means nothing to the business.
    """

    checkout_id: str = Field(primary_key=True)
    invoice_id: str
    gateway: str
    amount_minor: int
    currency: str
    created_at: datetime
    generation: int = 1
    url: str = ""
    expires_at: datetime | None = None


@table(
    "payments",
    CheckConstraint("state in ('succeeded', 'failed')", name="state"),
    CheckConstraint("returned_minor between 0 and amount_minor", name="returned"),
    Index(None, "invoice_id"),
)
class Payment(Base):
    """A payment as the gateway knows it, under the gateway's id.

    `invoice_id` is the reference it was made for. `returned_minor` is what was given back of it or
    is on its way, whoever of the invoice it is for, in `refunds` attempts: the row guards them all.
    `paid_at` is never later than when we heard of it. What came by a bank is of the gateway `bank`,
    and `reference` is what the bank calls it.
    """

    payment_id: str = Field(primary_key=True)
    invoice_id: str
    gateway: str
    tender: str
    amount_minor: int
    returned_minor: int = 0
    refunds: int = 0
    currency: str
    state: str
    paid_at: datetime
    reason: str = ""
    reference: str = ""


@table(
    "payment_parts",
    CheckConstraint("applied_minor between 0 and amount_minor", name="applied"),
    CheckConstraint("disputed_minor >= 0", name="disputed"),
    Index(None, "registration_id"),
    Index(None, "invoice_id"),
)
class PaymentPart(Base):
    """What of a payment is one registration's; the parts together are the payment.

    `applied_minor` went to its share of the invoice; what did not was given back. `disputed_minor`
    is what the payer's bank took of it, until it decides or for good: the sum of its parts of
    disputes that are open or lost.
    """

    payment_id: str = Field(primary_key=True)
    registration_id: str = Field(primary_key=True)
    invoice_id: str
    amount_minor: int
    applied_minor: int
    disputed_minor: int = 0
