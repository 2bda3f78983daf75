"""What signs, and where it can be seen whether a certificate still holds."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from services.certificates.models.base import Base
from shared.runtime.tables import Json, table


@table(
    "signing_keys",
    CheckConstraint("state in ('active', 'retired')", name="state"),
    Index(
        "uq_signing_keys_active", "issuer", unique=True, postgresql_where=text("state = 'active'")
    ),
)
class SigningKey(Base):
    """A key pair; the private half is sealed with a key derived from the platform's secret.

    One of each issuer is active and signs; the others are retired, and never removed: what they
    signed is still verified by them. `issuer` is empty for the provider, else the body (a partner's
    id) that issues by itself. `compromised_at`: from then on others may have signed with it too.
    """

    key_id: str = Field(primary_key=True)
    issuer: str = Field(default="", sa_column_kwargs={"server_default": ""})
    created_at: datetime
    public: dict[str, Any] = Json(default_factory=dict)
    sealed: str
    state: str = "active"
    retired_at: datetime | None = None
    compromised_at: datetime | None = None


@table("status_counters")
class StatusCounter(Base):
    """How many places of a year's status lists are taken.

    `seed` is what the order of places is derived from, kept so that a platform's secret that
    changes gives no place twice; empty for years begun before there was one (the secret itself).
    """

    year: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    taken: int = 0
    seed: str = ""
