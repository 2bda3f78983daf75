"""Invoices: heads and lines are only ever added to."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from services.billing.domain.share import KINDS
from services.billing.models.base import Base
from shared.runtime.tables import table


@table("group_orders")
class GroupOrder(Base):
    """An order of many, by the one invoice that they are on: it guards that invoice.

    Its `size` members are heard of one by one, in any order and by any process; until all of them
    were, the invoice is still being made out.
    """

    invoice_id: str = Field(primary_key=True)
    group_id: str
    size: int
    heard: int


@table("invoices", UniqueConstraint("number"), append_only=True)
class Invoice(Base):
    """The head of an invoice, written once: what it asks for is in its lines.

    It may be for many registrations; how each of them stands with it is its share
    (`domain/share.py`), from its own lines and its own parts of payments.
    """

    invoice_id: str = Field(primary_key=True)
    number: str
    currency: str
    method: str
    issued_at: datetime
    due_at: datetime | None = None


@table(
    "invoice_lines",
    CheckConstraint(f"kind in ({', '.join(repr(kind) for kind in KINDS)})", name="kind"),
    Index(None, "registration_id"),
    append_only=True,
)
class InvoiceLine(Base):
    """What one registration is charged, and what of that is not asked for any more; signed.

    Only ever added to: `line` counts within a registration's share of the invoice.
    """

    invoice_id: str = Field(primary_key=True)
    registration_id: str = Field(primary_key=True)
    line: int = Field(primary_key=True)
    kind: str
    description: str
    amount_minor: int
    at: datetime
