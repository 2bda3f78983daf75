"""Partners, their keys, and what they sent in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from services.partners.models.base import Base
from shared.runtime.tables import Json, table


@table("partners")
class Partner(Base):
    """A joint sponsor, institute or integrator: what it may see, and which courses are its own.

    `former` are courses that it had: it sees nothing of them any more, but is told who was erased,
    for it may have what it was told then.
    """

    partner_id: str = Field(primary_key=True)
    name: str
    courses: list[str] = Json()
    former: list[str] = Json(default_factory=list)
    types: list[str] = Json()
    fields: list[str] = Json()
    version: int
    created_at: datetime
    updated_at: datetime


@table("keys", UniqueConstraint("hash"), Index(None, "partner_id"))
class IssuedKey(Base):
    """An API key as it was given out: its hash, never itself."""

    key_id: str = Field(primary_key=True)
    hash: str
    scopes: list[str] = Json()
    partner_id: str | None = None
    label: str = ""
    version: int
    issued_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None


@table("inbound_items", Index(None, "received_at"))
class InboundItem(Base):
    """A line that was accepted. No content: only what makes a second sending a duplicate."""

    partner_id: str = Field(primary_key=True)
    item_id: str = Field(primary_key=True)
    type: str
    fingerprint: str
    received_at: datetime
