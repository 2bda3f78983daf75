"""What was answered, without who."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Index
from sqlmodel import Field

from services.certificates.models.base import Base
from shared.runtime.tables import Json, table


@table("evaluations", Index(None, "course_id", "released"))
class Evaluation(Base):
    """Answers without the person, and without the moment that would give the person away.

    Until it is `released`, together with two others to the same form at least, `answers` are
    {sealed}, for this row was written with the person's own; then another row under another id has
    them, so that who looks before and after somebody hands in learns nothing of what they said.
    """

    evaluation_id: str = Field(primary_key=True)
    course_id: str
    form_version: int
    form: str = ""  # which of the course's forms it answers
    answers: dict[str, Any] = Json(default_factory=dict)
    released: bool = False
