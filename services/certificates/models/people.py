"""Copies of people."""

from __future__ import annotations

from sqlmodel import Field

from services.certificates.models.base import Base
from shared.runtime.tables import Json, table


@table("people", copied=True)
class Person(Base):
    """A copy of a person as recorded; `erased` keeps an erased one from coming back."""

    person_id: str = Field(primary_key=True)
    version: int = 0
    name: str = ""
    email: str = ""
    profession: str = ""
    licenses: list[dict[str, str]] = Json(default_factory=list)
    birth_day: str = ""  # MM-DD, where it was given
    erased: bool = False
