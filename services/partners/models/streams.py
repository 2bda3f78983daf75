"""Kafka topics of partners: how far in the log each has been written (decision 108)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from services.partners.models.base import Base
from shared.runtime.tables import table


@table(
    "streams",
    CheckConstraint("state in ('active', 'stopped')", name="state"),
    Index(None, "state"),
)
class Stream(Base):
    """A partner is told by a topic of its own, `partner.<id>.events`.

    `position` is how far in the log it has come; all before is in the topic or in the outbox.
    `retention_days` is what its topic was asked to keep. `written_at` is when something was put
    into the outbox for it last.
    """

    partner_id: str = Field(primary_key=True)
    state: str = "active"
    position: int = 0
    retention_days: int
    written_at: datetime | None = None
    version: int = 1
    created_at: datetime
    updated_at: datetime
