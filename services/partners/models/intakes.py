"""How what each partner sends in is to be (decision 126)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Field

from services.partners.models.base import Base
from shared.runtime.tables import Json, table


@table("intakes")
class Intake(Base):
    """A partner of which there is something to say; without a row all is as `Intake(partner_id)`.

    `signed`: its requests have to be signed. `secret_version` is 0 while no secret was made; until
    `former_until` those from `former_version` on are good, too (`domain/overlap.py`). Where it is
    `mapped`, lines are read by its mapping number `mapping_version`, the last that there was. Its
    own limits are null where those of all hold; `counted` lines came on the day that began at
    `counted_since`.
    """

    partner_id: str = Field(primary_key=True)
    signed: bool = False
    secret_version: int = 0
    former_version: int | None = None
    former_until: datetime | None = None
    mapped: bool = False
    mapping_version: int = 0
    items_a_day: int | None = None
    requests_a_minute: int | None = None
    counted: int = 0
    counted_since: datetime | None = None
    version: int = 0
    updated_at: datetime | None = None


@table("mappings")
class MappingVersion(Base):
    """A mapping as it was put, and stays: what was taken under it can be told for ever."""

    partner_id: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    document: dict[str, Any] = Json()
    created_at: datetime
