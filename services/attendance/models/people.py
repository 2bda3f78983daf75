"""Who may come, and who they are."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from services.attendance.models.base import Base
from shared.runtime.tables import Json, table


@table(
    "registrations",
    CheckConstraint("standing in ('pending', 'confirmed', 'lapsed', 'ended')", name="standing"),
    Index(None, "course_id"),
    Index(None, "person_id"),
)
class Registration(Base):
    """A copy: who may come, and until when. `disclosure_version` is the latest accepted;
    `given_back` are the sessions of which the share was taken back."""

    registration_id: str = Field(primary_key=True)
    course_id: str
    person_id: str
    standing: str
    token_version: int
    confirmed_at: datetime | None = None
    ended_at: datetime | None = None
    disclosure_version: str | None = None
    disclosure_at: datetime | None = None
    given_back: list[str] = Json(default_factory=list)


@table("formers", Index(None, "person_id"), copied=True)
class Former(Base):
    """Whose a registration was before a colleague came instead: what was written of them meanwhile
    is found by it when they are erased."""

    registration_id: str = Field(primary_key=True)
    person_id: str = Field(primary_key=True)


@table("people")
class Person(Base):
    """A copy of name and address, to help a human match.

    An erased person stays as a mark without either, so that an old event brings nobody back. What
    they were called and written to before is kept until then, for erasure must find it.
    """

    person_id: str = Field(primary_key=True)
    version: int = 0
    name: str = ""
    email: str = ""
    erased: bool = False
    former_emails: list[str] = Json(default_factory=list)  # in lower case
    former_names: list[str] = Json(default_factory=list)
