"""Addresses that get nothing more."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field

from services.notifications.models.base import Base
from shared.runtime.tables import table


@table("suppressions", Index(None, "at", "address_hash"))
class Suppression(Base):
    """An address that a mail server refused for good, known only by its hash; or a number that
    takes no texts, or whose owner answered STOP (`stopped`), by a keyed one."""

    address_hash: str = Field(primary_key=True)
    reason: str
    code: int
    at: datetime
