"""The double-entry ledger."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field

from services.billing.models.base import Base
from shared.runtime.tables import table


@table("ledger_transactions", Index(None, "booked_at", "transaction_id"), append_only=True)
class LedgerTransaction(Base):
    """One movement of money; `ref` names what it is about, `corrects` an earlier transaction.

    It happened at `occurred_at`, and was written down at `booked_at` (both business time): never
    in a month that is closed.
    """

    transaction_id: str = Field(primary_key=True)
    registration_id: str
    kind: str
    ref: str
    occurred_at: datetime
    booked_at: datetime
    corrects: str | None = None


@table("ledger_entries", Index(None, "registration_id"), append_only=True)
class LedgerEntry(Base):
    """One line of a transaction: signed minor units on an account (`domain/ledger.py`)."""

    transaction_id: str = Field(primary_key=True)
    line: int = Field(primary_key=True)
    registration_id: str
    account: str
    amount_minor: int
    currency: str
