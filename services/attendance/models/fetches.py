"""Reports that are fetched from the platform: how far it has come, and what stands in the way."""

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
    """The fetch of one session's report.

    `instances` are the runs of its meetings: `[{"uuid", "meeting_id", "state": "open"|"done",
    "page", "late": n, "pages": n, "lines": n}]`; `late` counts how often a run's report was not
    to be had, a `trouble` says why the last time; `page` is the token of its next page, which is
    good for some minutes only.
    """

    course_id: str = Field(primary_key=True)
    session_id: str = Field(primary_key=True)
    state: str = "planned"
    instances: list[dict[str, Any]] = Json(default_factory=list)
    pages: int = 0
    lines: int = 0
    refused: int = 0  # lines that could not be read
    tries: int = 0  # in a row without success
    trouble: str | None = None  # a stable word for what stood in the way the last time
    since: datetime  # when it was planned for, from which on it is tried for a day
    next_at: datetime | None = None
    updated_at: datetime
