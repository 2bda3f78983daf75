"""What was decided."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from services.certificates.models.base import Base
from shared.runtime.tables import Json, table


@table("awards", CheckConstraint("status in ('granted', 'withheld')", name="status"))
class Award(Base):
    """What was last said of one board (or participation) and registration.

    `held` is set while a live certificate says more than the facts now give: a human decides.
    `kept`: they left it as it is, and what the facts gave then (`commands/keeping.py`).
    """

    registration_id: str = Field(primary_key=True)
    board: str = Field(primary_key=True)
    version: int
    status: str
    credits: str
    unit: str
    sessions: list[str] = Json(default_factory=list)
    unmet: list[dict[str, str]] = Json(default_factory=list)
    held: bool = False
    kept: dict[str, Any] = Json(default_factory=dict)
