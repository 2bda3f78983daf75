"""Those of whom it is not known who they are: their names wait here, erasably; and what was said of
whose they are, which nobody changes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from services.attendance.models.base import Base
from shared.runtime.tables import Json, table


@table(
    "unmatched",
    CheckConstraint("state in ('open', 'matched', 'dismissed')", name="state"),
    Index(None, "course_id", "session_id"),
    Index(None, "registration_id"),
    Index(None, "claimed_registration_id"),
    Index(None, "registrant_id"),
    Index(None, "email"),
    Index(None, "course_id", "name"),
    Index(None, "state", "id"),
)
class Unmatched(Base):
    """A participant of whom no known registration was named, and whom a human matched, or the
    platform's list of registrants; or of whom a human said that they are nobody's (`dismissed`).

    A name is kept until they are matched; `email` is in lower case. `history` has an entry for each
    `Match`, in their order.
    """

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


@table("matches", Index(None, "registration_id"), append_only=True)
class Match(Base):
    """What was said of whose a participant is: append-only, numbered from 1, without words. The
    last one holds.

    `registration_id` None: nobody's. `registrant_id` is told where no human said it, but the
    platform's list of registrants.
    """

    course_id: str = Field(primary_key=True)
    session_id: str = Field(primary_key=True)
    unmatched_id: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    participant_id: str
    registration_id: str | None = None
    registrant_id: str | None = None
    by: str
    at: datetime
