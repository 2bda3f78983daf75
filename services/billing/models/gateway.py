"""What the gateway told us."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field

from services.billing.models.base import Base
from shared.runtime.tables import table


@table("gateway_events")
class GatewayEvent(Base):
    """A webhook that was received: a hint to look something up, kept so that it is taken once."""

    gateway: str = Field(primary_key=True)
    event_id: str = Field(primary_key=True)
    type: str
    object_id: str
    received_at: datetime
