"""How what each partner sends in is to be (decision 126)."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field

from services.partners.models.base import Base
from shared.runtime.tables import table


@table("intakes")
class Intake(Base):
    """A partner of which there is something to say; without a row all is as `Intake(partner_id)`.

    `signed`: its requests have to be signed. `secret_version` is 0 while no secret was made; until
    `former_until` those from `former_version` on are good, too (`domain/overlap.py`).
    """

    partner_id: str = Field(primary_key=True)
    signed: bool = False
    secret_version: int = 0
    former_version: int | None = None
    former_until: datetime | None = None
    version: int = 0
    updated_at: datetime | None = None
