"""What was made of a certificate beside its own file."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from services.certificates.models.base import Base
from shared.runtime.tables import table

DUPLICATE, SIGNED = "duplicate", "signed"


@table(
    "duplicates",
    CheckConstraint("kind in ('duplicate', 'signed')", name="kind"),
    Index(None, "certificate_id"),
    Index(None, "sha256"),
    Index(
        "uq_duplicates_signed",
        "certificate_id",
        unique=True,
        postgresql_where=text("kind = 'signed'"),
    ),
)
class Duplicate(Base):
    """A file that says the same as a certificate in other bytes: a marked duplicate, or its one
    signed copy. The hash stays, so that verification knows it; the file goes with the holder."""

    duplicate_id: str = Field(primary_key=True)
    certificate_id: str
    kind: str
    made_at: datetime
    sha256: str
    pdf: bytes | None = None
