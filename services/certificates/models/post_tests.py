"""Post-tests: what is asked, and what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field

from services.certificates.models.base import Base
from shared.runtime.tables import Json, table


@table("item_banks")
class ItemBank(Base):
    """One version of a course's post-test. `items` are {item_id, text, choices, right}, of which
    `right` never leaves for a learner. Once `used`, it is never changed: what was passed was that.
    """

    course_id: str = Field(primary_key=True)
    version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    items: list[dict[str, Any]] = Json(default_factory=list)
    used: bool = False


@table(
    "attempts",
    Index(None, "registration_id"),
    Index(None, "course_id", "taken_at"),
    append_only=True,
)
class Attempt(Base):
    """One attempt at a post-test: its score, which is evidence, and never the answers, which would
    say more of a person than anybody needs. `passed` are the boards whose mark was reached.

    Kept as long as evidence is, then deleted. The registration's row guards it: whoever writes one
    holds that.
    """

    attempt_id: str = Field(primary_key=True)
    registration_id: str
    course_id: str
    person_id: str
    version: int
    correct: int
    items: int
    percent: int
    passed: list[str] = Json(default_factory=list)
    taken_at: datetime
