"""Tables of web: read models only, rebuilt from the log at any time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field

from shared.runtime.tables import Json, service_base, table


class Base(service_base("web")):  # type: ignore[misc]
    """Rows of web."""


@table("courses", Index(None, "last_end"))
class Course(Base):
    """A course as its owner last said it, whole; `last_end` is when its last session ends."""

    course_id: str = Field(primary_key=True)
    version: int
    status: str
    first_start: datetime | None
    last_end: datetime | None
    document: dict[str, Any] = Json()
