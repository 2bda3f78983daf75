"""Reports that are fetched from the platform, meeting by meeting: how far each has come."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from services.attendance.models.base import Base
from shared.runtime.tables import Json, table


@table(
    "report_fetches",
    CheckConstraint(
        "state in ('planned', 'fetching', 'waiting', 'done', 'given_up')", name="state"
    ),
)
class ReportFetch(Base):
    """The fetch of the report of one meeting that stands or stood for a session.

    `instances` are the meeting's runs, as `domain/pages.py` says. `whole` are those of them whose
    pages were all in at some time: a later look that comes to nothing takes nothing from them.
    """

    course_id: str = Field(primary_key=True)
    session_id: str = Field(primary_key=True)
    meeting_id: str = Field(primary_key=True)
    state: str = "planned"
    instances: list[dict[str, Any]] = Json(default_factory=list)
    whole: list[str] = Json(default_factory=list)
    pages: int = 0
    lines: int = 0
    refused: int = 0  # lines that could not be read
    tries: int = 0  # in a row without success
    trouble: str | None = None  # a stable word for what stood in the way the last time
    since: datetime  # when it was planned for, from which on it is tried for a day
    next_at: datetime | None = None
    updated_at: datetime
