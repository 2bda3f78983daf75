"""What was settled."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field

from services.attendance.models.base import Base
from shared.runtime.tables import table


@table("records", Index(None, "registration_id"))
class Record(Base):
    """What was settled for a registration and session, and on which evidence.

    `flagged_seconds` is the worse result for which a human was called; nothing is revoked.
    """

    course_id: str = Field(primary_key=True)
    session_id: str = Field(primary_key=True)
    registration_id: str = Field(primary_key=True)
    person_id: str
    seconds: int
    present: bool
    instruction_seconds: int
    inferred: bool
    rule_version: int
    evidence_version: int
    evidence_sha256: str
    settled_at: datetime
    flagged_seconds: int | None = None
