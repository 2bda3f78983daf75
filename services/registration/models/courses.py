"""Courses: their seats, versions, prices by a code, and what of them was cancelled."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from services.registration.models.base import Base, among
from shared.runtime.tables import Json, table


@table("seats", CheckConstraint("least(capacity, sold, held, offered, waiting) >= 0", name="whole"))
class Seats(Base):
    """The count of a course's seats; `tickets` numbers those who wait, in order of arrival."""

    course_id: str = Field(primary_key=True)
    capacity: int
    sold: int = 0
    held: int = 0
    offered: int = 0
    waiting: int = 0
    tickets: int = 0


@table(
    "courses",
    among("status", ("published", "cancelled")),
    Index(None, "first_start"),
    Index(None, "last_end", "course_id"),
)
class Course(Base):
    """A course as it stands now: `terms` is what a new registration needs of it."""

    course_id: str = Field(primary_key=True)
    version: int
    status: str
    fingerprint: str
    first_start: datetime
    last_end: datetime
    opens_at: datetime | None
    closes_at: datetime
    terms: dict[str, Any] = Json()
    published_at: datetime


@table("price_codes", CheckConstraint("used >= 0", name="used"))
class PriceCode(Base):
    """The code by which a price of a course is given, as a digest; `most` uses, none: any number.

    `ended`: the course's file has it no more.
    """

    course_id: str = Field(primary_key=True)
    price_id: str = Field(primary_key=True)
    digest: str
    most: int | None
    used: int
    ended: bool


@table("course_versions", append_only=True)
class CourseVersion(Base):
    """A course as it stood at a version, whole: never changed, for registrations point to it."""

    course_id: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    document: dict[str, Any] = Json()
    published_at: datetime
    by: str


@table("withdrawals")
class Withdrawal(Base):
    """What the provider cancelled: a course (`session_id` is empty), or one session of it.

    `reason` is what the provider lets everybody know. Until `choose_until` learners may say what
    they want for it; `concerned` is how many live registrations there were. `schedule_version` is
    the session's as cancelled: who agreed to an older one was to have the session.
    """

    course_id: str = Field(primary_key=True)
    session_id: str = Field(primary_key=True)
    cancelled_at: datetime
    reason: str
    choose_until: datetime | None
    prefer_credit: bool
    concerned: int
    schedule_version: int = 0
