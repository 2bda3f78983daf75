"""What signs, and where it can be seen whether a certificate still holds."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Field

from services.certificates.models.base import Base
from shared.runtime.tables import Json, table


@table("signing_keys")
class SigningKey(Base):
    """A key pair; the private half is sealed with a key derived from the platform's secret."""

    key_id: str = Field(primary_key=True)
    created_at: datetime
    public: dict[str, Any] = Json(default_factory=dict)
    sealed: str


@table("status_counters")
class StatusCounter(Base):
    """How many places of a year's status lists are taken."""

    year: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    taken: int = 0
