"""Comparisons of what the gateway reports with the books, and what they found."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index, text
from sqlmodel import Field

from services.billing.models.base import Base
from shared.runtime.tables import table


@table("reconciliations", Index(None, "day"))
class Reconciliation(Base):
    """One comparison. `day` is the day of the books on which it began; `looked_up` counts what it
    had looked up at the gateway first, `error` says why it compared nothing, or not all."""

    run_id: str = Field(primary_key=True)
    day: date
    asked_by: str
    started_at: datetime
    finished_at: datetime | None = None
    moved: int = 0
    looked_up: int = 0
    found: int = 0
    error: str = ""


@table(
    "findings",
    Index(None, "run_id"),
    Index("ix_findings_open", "kind", postgresql_where=text("resolved_at IS NULL")),
)
class FindingRow(Base):
    """Something that does not agree, from the first comparison that saw it until one did not."""

    finding_id: str = Field(primary_key=True)
    kind: str
    about: str
    amount_minor: int | None = None
    currency: str
    cause: str | None = None
    next_step: str
    first_seen: datetime
    last_seen: datetime
    run_id: str
    resolved_at: datetime | None = None
