"""Who registered at the platform, and whose registration of ours that is."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field

from services.attendance.models.base import Base
from shared.runtime.tables import table


@table("registrants", Index(None, "registration_id"))
class Registrant(Base):
    """A registrant of a session's meeting, as the platform names them, and our registration.

    `join_url` is their own way into the meeting that stood for the session when it was told: no
    other meeting's. It is a person's, so erasure takes it away, and so does the colleague who comes
    instead. From `ended_at` on the registrant is nobody of ours: the session had not begun when the
    registration became the colleague's.
    """

    course_id: str = Field(primary_key=True)
    session_id: str = Field(primary_key=True)
    registrant_id: str = Field(primary_key=True)
    registration_id: str
    meeting_id: str | None = None
    join_url: str | None = None
    told_at: datetime
    ended_at: datetime | None = None
    by: str  # the name of the key that told
