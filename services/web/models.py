"""Tables of web: read models, rebuilt from the log at any time, and who is signed in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field

from shared.runtime.tables import Json, service_base, table


class Base(service_base("web")):  # type: ignore[misc]
    """Rows of web."""


@table("courses", Index(None, "last_end"), copied=True)
class Course(Base):
    """A course as its owner last said it, whole; `last_end` is when its last session ends."""

    course_id: str = Field(primary_key=True)
    version: int
    status: str
    first_start: datetime | None
    last_end: datetime | None
    document: dict[str, Any] = Json()


@table("console_links", Index(None, "ends_at"))
class ConsoleLink(Base):
    """A link to sign in that was not used yet, by its digest."""

    digest: str = Field(primary_key=True)
    ends_at: datetime  # wall time


@table("console_sessions", Index(None, "ends_at"))
class ConsoleSession(Base):
    """Somebody of staff who is signed in, by the digest of what their cookie says."""

    digest: str = Field(primary_key=True)
    subject: str  # the issuer's own id of them, or `link`
    roles: list[str] = Json()
    began_at: datetime
    ends_at: datetime  # wall time


@table("invariant_checks", Index(None, "told_at", "check_id"))
class InvariantCheck(Base):
    """What a check of the invariants found, as whoever checked them told it; all by wall time.

    `results` are {number, says, missing, count, findings: [{about, detail}]}, the first findings
    of `count`.
    """

    check_id: str = Field(primary_key=True)
    began_at: datetime
    told_at: datetime
    by: str
    results: list[dict[str, Any]] = Json()
