"""Those of whom it is not known who they are: their names wait here, erasably."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from services.attendance.models.base import Base
from shared.runtime.tables import Json, table


@table(
    "unmatched",
    CheckConstraint("state in ('open', 'matched')", name="state"),
    Index(None, "course_id", "session_id"),
    Index(None, "registration_id"),
    Index(None, "claimed_registration_id"),
    Index(None, "registrant_id"),
    Index(None, "email"),
    Index(None, "state", "id"),
)
class Unmatched(Base):
    """A participant of whom no known registration was named, and whom a human matched, or the
    platform's list of registrants. A name is kept while it waits; `email` is in lower case."""

    id: str = Field(primary_key=True)
    course_id: str
    session_id: str
    participant_id: str
    claimed_registration_id: str | None = None
    registrant_id: str | None = None
    name: str | None = None
    email: str | None = None
    state: str = "open"
    registration_id: str | None = None
    first_seen_at: datetime
    history: list[dict[str, Any]] = Json(default_factory=list)  # who matched what, when and why
