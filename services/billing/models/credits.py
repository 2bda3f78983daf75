"""Credits, and every movement of one."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from services.billing.models.base import Base
from shared.runtime.tables import Json, table


@table(
    "credits",
    CheckConstraint("balance_minor >= 0", name="balance"),
    CheckConstraint("state in ('active', 'frozen', 'expired', 'voided')", name="state"),
    UniqueConstraint("code_hash"),
    Index(None, "registration_id"),
    Index(None, "issued_at", "credit_id"),
    Index(None, "state", "issued_at", "credit_id"),
    Index(None, "course_id", "issued_at", "credit_id"),
)
class Credit(Base):
    """A credit: owner, origin and terms as issued; the balance is the sum of its entries.

    `expires_on` is its last day and `expires_at` the end of that; none where its terms name no end.
    The code is computed where it is shown; only its hash is here, to be found by (it is written a
    moment after issuing, because handlers of events hold no secret). `registration_id` and
    `course_id` are those that it came out of, on whose accounts it is booked. `origin` is
    cancellation or goodwill, also of one that was handed on: that one is `transferred_from`
    another. `frozen_by` is the dispute about what paid for it; of one that is voided, the dispute
    that was lost, after which nothing that comes back to it stays.
    """

    credit_id: str = Field(primary_key=True)
    code_hash: str | None = None
    holder_kind: str
    holder_id: str
    registration_id: str
    course_id: str
    currency: str
    amount_minor: int
    balance_minor: int
    state: str
    expires_on: date | None = None
    expires_at: datetime | None = None
    issued_at: datetime
    terms: dict[str, Any] = Json()
    origin: str = "cancellation"
    transferred_from: str | None = None
    frozen_by: str | None = None


@table(
    "credit_entries",
    CheckConstraint("kind in ('issued', 'redeemed', 'restored', 'expired', 'voided')", name="kind"),
    Index(None, "credit_id"),
    Index(None, "registration_id"),
    append_only=True,
)
class CreditEntry(Base):
    """One movement of a credit, signed; `registration_id` is where it came from or went to.

    `corrects` names what was taken back by it: restored, what had been spent on an order that came
    to nothing; expired (with a plus), what had ended before an order from before that was heard.
    """

    entry_id: str = Field(primary_key=True)
    credit_id: str
    registration_id: str
    kind: str
    amount_minor: int
    currency: str
    occurred_at: datetime
    corrects: str | None = None
