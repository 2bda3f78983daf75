"""What happened to a registration, and apart from it what people wrote."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field

from services.registration.models.base import Base
from shared.runtime.tables import Json, table


@table("history", append_only=True)
class History(Base):
    """What happened to a registration: who, when, why (a slug); only ever added to."""

    registration_id: str = Field(primary_key=True)
    revision: int = Field(primary_key=True)
    at: datetime
    by: str
    act: str
    before: str | None
    state: str
    why: str
    facts: dict[str, Any] = Json()


@table("words", Index(None, "person_id"), Index(None, "about_id"), Index(None, "other_id"))
class Words(Base):
    """What a person wrote at a step of the history: kept apart, so that it can be erased.

    `person_id` is the learner whose it is, who wrote it or is answered, and to whom it is shown;
    null where it is staff's. Then `about_id` is whom staff wrote of, and `other_id` who came in
    their stead: both are only there for erasure to find it by.
    `said` is by what it says: reason, override, evidence, waiver, statement, accommodation,
    answer, complaint, complaint_answer.
    """

    registration_id: str = Field(primary_key=True)
    revision: int = Field(primary_key=True)
    person_id: str | None
    about_id: str | None = None
    other_id: str | None = None
    said: dict[str, str] = Json()
