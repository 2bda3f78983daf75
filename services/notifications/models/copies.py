"""Copies of what others said: courses, people, registrations, and what was done with them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field

from services.notifications.models.base import Base
from shared.runtime.tables import Json, table


@table("courses", copied=True)
class Course(Base):
    """A course as last heard; version 0 is a stub, for a registration that was heard first."""

    course_id: str = Field(primary_key=True)
    version: int = 0
    body: dict[str, Any] = Json(default_factory=dict)


@table("people", copied=True)
class Person(Base):
    """A person as last heard. The only personal data here, but for a message's `recipient` and
    `subject_line`, and the hash of an address.

    Version 0 is a stub. An erased person stays as a mark without anything personal.
    """

    person_id: str = Field(primary_key=True)
    version: int = 0
    name: str = ""
    email: str = ""
    zone: str = ""
    locale: str = ""
    phone: str = ""  # E.164, of who agreed to texts, since `agreed_at`
    agreed_at: datetime | None = None
    erased: bool = False


@table("completions", Index(None, "course_id"), copied=True)
class Completion(Base):
    """A session that is over, if it does not end after `reaches` by the course's own schedule."""

    course_id: str = Field(primary_key=True)
    session_id: str = Field(primary_key=True)
    completed_at: datetime
    reaches: datetime | None = None


@table("swaps", Index(None, "course_id"), copied=True)
class Swap(Base):
    """The last time another meeting was put behind the join links of a session."""

    course_id: str = Field(primary_key=True)
    session_id: str = Field(primary_key=True)
    swapped_at: datetime


@table("registrations", Index(None, "course_id"), Index(None, "person_id"))
class Registration(Base):
    """What was heard of one registration: each fact in a place of its own.

    `state` is the last that registration said ("" before the first). `facts` holds, by kind and
    id, what the events carried: no names, no addresses, no words of the learner.
    """

    registration_id: str = Field(primary_key=True)
    course_id: str
    person_id: str
    state: str = ""
    token_version: int = 0
    facts: dict[str, Any] = Json(default_factory=dict)


@table("credits")
class Credit(Base):
    """Out of which registration a credit came; what is left on it is a fact of that one's."""

    credit_id: str = Field(primary_key=True)
    registration_id: str
