"""Copies of what other services say."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field

from services.billing.models.base import Base
from shared.runtime.tables import Json, table


@table("courses", copied=True)
class Course(Base):
    """A copy of what a later version of a course changes for its learners, start and policy; and of
    what is due to its joint sponsor: `share` (`SponsorShare` of the contracts), where it has one.
    """

    course_id: str = Field(primary_key=True)
    version: int
    status: str
    starts_at: datetime | None = None
    cancelled_at: datetime | None = None
    policy: dict[str, Any] | None = Json(default=None)
    title: str = ""
    partner_id: str | None = None
    share: dict[str, Any] | None = Json(default=None)


@table("held_sessions", copied=True)
class HeldSession(Base):
    """A session that was held: its share of what was paid is earned."""

    course_id: str = Field(primary_key=True)
    session_id: str = Field(primary_key=True)
    completed_at: datetime


@table("attended", Index(None, "course_id"), copied=True)
class Attended(Base):
    """Whether somebody was present at a session, by the newest evidence."""

    registration_id: str = Field(primary_key=True)
    session_id: str = Field(primary_key=True)
    course_id: str
    present: bool
    evidence_version: int


@table("certificates", Index(None, "course_id"), Index(None, "registration_id"), copied=True)
class Certificate(Base):
    """A certificate that was issued, until it ends: revoked, or replaced by another.

    Its end may be heard of first. `board` is none for a certificate of participation.
    """

    certificate_id: str = Field(primary_key=True)
    registration_id: str
    course_id: str
    board: str | None = None
    issued_at: datetime | None = None
    ended_at: datetime | None = None


@table("people", copied=True)
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
