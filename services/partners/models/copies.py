"""What partners must know of people, to show each to the partners of their own courses."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field

from services.partners.models.base import Base
from shared.runtime.tables import Json, table


@table("people", copied=True)
class Person(Base):
    """What was said last of a person, word for word, for a course that they come to later.

    An erased person stays as a mark without anything personal: `event_id` is then that of the end.
    """

    person_id: str = Field(primary_key=True)
    version: int = 0
    event_id: str = ""
    said_at: datetime | None = None
    data: dict[str, Any] = Json(default_factory=dict)
    erased: bool = False


@table("enrolments", Index(None, "person_id"), copied=True)
class Enrolment(Base):
    """A person has, or had, a registration in a course. Ids only: it outlives the person, so that
    whoever saw them is told of the end."""

    course_id: str = Field(primary_key=True)
    person_id: str = Field(primary_key=True)
