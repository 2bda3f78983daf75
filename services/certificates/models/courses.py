"""Copies of courses, and what was taught of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Field

from services.certificates.models.base import Base
from shared.runtime.tables import Json, table


@table("courses")
class Course(Base):
    """A copy of a course as last published, and what was taught of it.

    `document` is the event's payload, empty while only its sessions were heard of (version 0).
    `taught` is {minutes, at} by session, `at` when that was said; `disclosures` {version, since} by
    the course's version: which one had to be accepted, and from when. `forms` are the
    evaluation forms it ever asked, {version, questions, seen: the course's version} by form;
    `evaluation_until` is until when staff keep the evaluation open.
    `evidence_ended_at`: the years for which evidence is kept are over, and what is not a
    certificate's for ever is gone.
    """

    course_id: str = Field(primary_key=True)
    version: int = 0
    document: dict[str, Any] = Json(default_factory=dict)
    taught: dict[str, dict[str, Any]] = Json(default_factory=dict)
    disclosures: dict[str, dict[str, Any]] = Json(default_factory=dict)
    forms: dict[str, dict[str, Any]] = Json(default_factory=dict)
    evaluation_until: datetime | None = None
    last_completed_at: datetime | None = None
    evidence_ended_at: datetime | None = None
