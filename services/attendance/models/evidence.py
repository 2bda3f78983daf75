"""What was seen: append-only (only the end of its retention deletes it), and without a name."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from services.attendance.models.base import Base
from shared.runtime.tables import Json, table


@table(
    "observations",
    Index(None, "course_id", "session_id", "participant_id"),
    Index(None, "registration_id"),
    append_only=True,
)
class Observation(Base):
    """One observation, as it came: append-only."""

    source: str = Field(primary_key=True)
    observation_id: str = Field(primary_key=True)
    course_id: str
    session_id: str
    meeting_id: str | None = None
    instance: str | None = None  # one run of the meeting, where the platform tells them apart
    participant_id: str | None = None
    connection: str | None = None  # one device's, where the platform tells them apart
    registration_id: str | None = None
    kind: str
    at: datetime
    body: dict[str, Any] = Json()  # the line, without name and e-mail
    sha256: str  # of the body's canonical JSON
    received_at: datetime


@table(
    "report_lines",
    CheckConstraint("origin in ('report', 'partner', 'sheet', 'correction')", name="origin"),
    Index(None, "course_id", "session_id", "participant_id"),
    Index(None, "registration_id"),
    append_only=True,
)
class ReportLine(Base):
    """One interval that was told, as it came: append-only. The same line twice is one; each
    upload that brings it has a row of it, so that withdrawing one takes nothing from another.

    `origin`: the platform's report, a partner, a sign-in sheet, or a correction by staff.
    """

    sha256: str = Field(primary_key=True)  # of the body's canonical JSON; a page's are looked up
    course_id: str = Field(primary_key=True)
    session_id: str = Field(primary_key=True)
    upload: int = Field(default=0, primary_key=True)  # its number; 0: by none
    origin: str
    participant_id: str
    registration_id: str | None = None
    joined_at: datetime
    left_at: datetime | None = None
    waiting: bool = False
    body: dict[str, Any] = Json()
    received_at: datetime
