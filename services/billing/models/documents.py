"""Credit notes, and documents as they were made once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field

from services.billing.models.base import Base
from shared.runtime.tables import Json, table


@table("credit_notes", Index(None, "registration_id"), append_only=True)
class CreditNote(Base):
    """What of a registration's share of an invoice is kept no longer (`domain/credit_notes.py`).

    `given` is what became of it: refund, credit, not_due or moved, in minor units.
    """

    number: str = Field(primary_key=True)
    invoice_id: str
    registration_id: str
    cause: str
    currency: str
    amount_minor: int
    tax_minor: int
    given: dict[str, Any] = Json()
    issued_at: datetime


@table("document_files", append_only=True)
class DocumentFile(Base):
    """A PDF as it was first given away: the same bytes for ever, as the law on books has it.

    `document_id` is `share/` and the registration, `invoice/` and the invoice, or `note/` and the
    number.
    """

    document_id: str = Field(primary_key=True)
    sha256: str
    pdf: bytes
    conformance: str
    rendered_at: datetime
