"""Numbers without gaps."""

from __future__ import annotations

from sqlmodel import Field

from services.billing.models.base import Base
from shared.runtime.tables import table


@table("counters")
class Counter(Base):
    """The last number given in a series: locked last, and given back if the batch is."""

    series: str = Field(primary_key=True)
    last: int
