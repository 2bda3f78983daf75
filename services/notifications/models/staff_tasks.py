"""What needs a human, of every service."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, text
from sqlmodel import Field

from services.notifications.models.base import Base
from shared.runtime.tables import Json, table

_OPEN = "closed_at IS NULL"


@table("staff_tasks", Index("ix_staff_tasks_open", "opened_at", postgresql_where=text(_OPEN)))
class StaffTask(Base):
    """What needs a human, as a service said it; one that was closed before it was heard of has no
    `opened_at`. `urgent`: it cannot wait for the next morning."""

    task_id: str = Field(primary_key=True)
    service: str
    kind: str
    about: dict[str, str] = Json(default_factory=dict)
    what: str = ""
    urgent: bool = False
    opened_at: datetime | None = None
    due_at: datetime | None = None
    closed_at: datetime | None = None
