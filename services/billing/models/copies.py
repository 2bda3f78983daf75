"""Copies of what other services say."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Field

from services.billing.models.base import Base
from shared.runtime.tables import Json, table


@table("courses")
class Course(Base):
    """A copy of what a later version of a course changes for its learners: start and policy."""

    course_id: str = Field(primary_key=True)
    version: int
    status: str
    starts_at: datetime | None = None
    cancelled_at: datetime | None = None
    policy: dict[str, Any] | None = Json(default=None)


@table("held_sessions")
class HeldSession(Base):
    """A session that was held: its share of what was paid is earned."""

    course_id: str = Field(primary_key=True)
    session_id: str = Field(primary_key=True)
    completed_at: datetime


@table("people")
class Person(Base):
    """Whom an invoice names. Erased for ever: only the mark is left, whatever is heard again."""

    person_id: str = Field(primary_key=True)
    version: int = 0
    name: str = ""
    erased: bool = False


@table("sellers", append_only=True)
class Seller(Base):
    """Who sold a course, as that version of it said: what an invoice prints of them for ever."""

    course_id: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    seller: dict[str, Any] = Json()
