"""What a gateway reports of the money that moved there."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field

from services.billing.models.base import Base
from shared.runtime.tables import table


@table("gateway_cursors")
class GatewayCursor(Base):
    """How far a gateway's report was read: behind which movement the next page begins; `whole`
    where it was read from its beginning."""

    gateway: str = Field(primary_key=True)
    after: str | None = None
    whole: bool = True
    fetched_at: datetime


@table(
    "gateway_movements",
    Index(None, "kind", "object_id"),
    append_only=True,
)
class GatewayMovement(Base):
    """One movement as the gateway reports it (`domain/seen.py`), `at` by the gateway's clock."""

    gateway: str = Field(primary_key=True)
    movement_id: str = Field(primary_key=True)
    kind: str
    object_id: str
    payment_id: str
    amount_minor: int
    currency: str
    at: datetime
    fetched_at: datetime
