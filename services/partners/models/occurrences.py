"""The one log of all that partners may come to see, kept for ever (decision 119)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from services.partners.models.base import Base
from shared.runtime.tables import Json, table


@table("heads")
class Head(Base):
    """How far the log has come: the one row that whoever adds to it locks until the commit, so that
    positions are in the order of commits, and nothing is ever added before what was read.

    `lineage` is which databases the log has lived in, oldest first: `[name, after]`, the name of
    each and the position behind which it went on. A database that was restored from a backup is
    another one (`domain/cursors.py`).
    """

    log: str = Field(primary_key=True)
    position: int = 0
    lineage: list[Any] = Json(default_factory=list)


@table(
    "occurrences",
    UniqueConstraint("event_id", "course_id"),
    Index(None, "course_id", "position"),
    Index(None, "course_id", "subject", "position"),
    Index(None, "of_person"),
)
class Occurrence(Base):
    """An event as it is seen of one course. What a person is stands here once for each of their
    courses, under one `event_id`; all else once.

    `of_person` is set where the row holds a person's record, and goes with them; null elsewhere.
    """

    position: int = Field(primary_key=True)
    event_id: str
    type: str
    course_id: str
    subject: str
    source: str
    said_at: datetime
    of_person: str | None = None
    data: dict[str, Any] = Json()
