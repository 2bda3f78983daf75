"""Copies of courses, their sessions as they stand, and the meetings behind them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from services.attendance.models.base import Base
from shared.runtime.tables import Json, table


@table("courses", copied=True)
class Course(Base):
    """A copy of what attendance needs of a course; `version` of the last event heard.

    `keep_years` is how long evidence is kept after its last session: the longest that any of its
    boards was ever said to want.
    """

    course_id: str = Field(primary_key=True)
    version: int
    status: str
    title: str
    zone: str
    disclosure_version: str | None = None
    keep_years: int = 7


@table(
    "sessions",
    CheckConstraint("state in ('stub', 'planned', 'open', 'completed', 'cancelled')", name="state"),
    CheckConstraint("state = 'stub' or (starts_at < ends_at)", name="window"),
    Index(
        "ix_sessions_open", "course_id", "session_id", postgresql_where=text("state = 'open'")
    ),  # what is watched
)
class Session(Base):
    """A session as scheduled and as it stands; a stub has no window yet.

    The rule is stamped when the session is scheduled, or moved. `published_meeting_id` is what the
    course last named: an operator's swap stands until the course names another meeting.
    `zone` and `location` are the session's own. `expired_at`: its evidence was kept for its time
    and is deleted. `moved` is the session as the course says it, of one that was completed by
    former times and waits for staff; `reopened_at` when one was last opened again.
    """

    course_id: str = Field(primary_key=True)
    session_id: str = Field(primary_key=True)
    state: str = "stub"
    schedule_version: int = 0
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    opens_at: datetime | None = None
    breaks: list[list[str]] = Json(default_factory=list)  # [[from, to], …] as RFC 3339
    title: str = ""
    meeting_id: str | None = None
    meeting_url: str | None = None
    published_meeting_id: str | None = None
    rule_version: int = 1
    max_missed_seconds: int = 900
    recorded: bool = False
    instruction_minutes: int | None = None  # where it was cut short, or is a recording
    completed_at: datetime | None = None
    completed_by: str | None = None
    zone: str = ""
    location: str = ""
    swapped_at: datetime | None = None
    expired_at: datetime | None = None
    moved: dict[str, Any] | None = Json(default=None)
    reopened_at: datetime | None = None


@table("meetings", Index(None, "course_id", "session_id"))
class Meeting(Base):
    """Every meeting that stood for a session, the swapped ones too; `since` the last time that it
    came to."""

    meeting_id: str = Field(primary_key=True)
    course_id: str = Field(primary_key=True)
    session_id: str = Field(primary_key=True)
    url: str
    since: datetime
    by: str  # "course", or the name of the key that swapped
