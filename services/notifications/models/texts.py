"""Texts: how many went a day, and what people answered."""

from __future__ import annotations

from datetime import date, datetime

from sqlmodel import Field

from services.notifications.models.base import Base
from shared.runtime.tables import table


@table("text_counts")
class TextCount(Base):
    """How many texts were handed to a provider on a day (UTC): what they cost has a bound."""

    provider: str = Field(primary_key=True)
    day: date
    texts: int = 0


@table("text_replies")
class TextReply(Base):
    """An answer to a text, by the provider's id, taken once; only its sense is kept."""

    provider_id: str = Field(primary_key=True)
    answered: str
    at: datetime
