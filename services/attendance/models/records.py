"""What staff corrected, and what was settled: the latest, and every version there was."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from services.attendance.models.base import Base
from shared.runtime.tables import Json, table


@table(
    "corrections",
    CheckConstraint("kind in ('evidence', 'ruling', 'withdrawn', 'accepted', 'kept')", name="kind"),
    CheckConstraint(
        "(kind in ('ruling', 'accepted', 'kept')) = (seconds is not null)", name="seconds"
    ),
    append_only=True,
)
class Correction(Base):
    """What staff said of one registration's attendance of a session: append-only, numbered from 1.

    evidence   intervals beside the others (report lines of origin `correction`; `lines` of them)
    ruling     `seconds` count from now on, whatever the evidence says
    withdrawn  the evidence counts again
    accepted   a worse result of `seconds` was looked at, and is settled
    kept       a worse result of `seconds` was looked at, and what was settled stays
    """

    course_id: str = Field(primary_key=True)
    session_id: str = Field(primary_key=True)
    registration_id: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    kind: str
    seconds: int | None = None
    lines: list[str] = Json(default_factory=list)  # hashes of the report lines it added
    by: str
    at: datetime


@table("correction_reasons", Index(None, "registration_id"))
class CorrectionReason(Base):
    """Why, in the words of whoever corrected: apart, for words can be erased."""

    course_id: str = Field(primary_key=True)
    session_id: str = Field(primary_key=True)
    registration_id: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    reason: str


@table(
    "settlements",
    CheckConstraint("\"by\" in ('evidence', 'operator')", name="by"),
    Index(None, "registration_id"),
    append_only=True,
)
class Settlement(Base):
    """One version of what was settled, and all it rests on: append-only.

    `lines` are the hashes of the lines of evidence that counted, `matches` what was said last of
    whose the participants are (`unmatched_id/number`), `correction` the number of the ruling, or of
    the worse result accepted, that counted, if any.
    """

    course_id: str = Field(primary_key=True)
    session_id: str = Field(primary_key=True)
    registration_id: str = Field(primary_key=True)
    evidence_version: int = Field(primary_key=True)
    person_id: str
    seconds: int
    present: bool
    instruction_seconds: int
    inferred: bool
    rule_version: int
    max_missed_seconds: int
    by: str
    origins: list[str] = Json(default_factory=list)
    lines: list[str] = Json(default_factory=list)
    matches: list[str] = Json(default_factory=list)
    evidence_sha256: str
    correction: int | None = None
    settled_at: datetime


@table("records", Index(None, "registration_id"))
class Record(Base):
    """What was settled last for a registration and session.

    `flagged_seconds` is the worse result for which a human was called; nothing is revoked.
    `kept_seconds` is one of which a human said that it changes nothing. `correction` is the number
    of the last correction that was weighed. `doubts`: what may have cost them their presence
    (`domain/doubts.py`). `schedule_version` is the session's when it was settled: one of a former
    schedule is no measure for what counts now. None of what was only recalled.
    """

    course_id: str = Field(primary_key=True)
    session_id: str = Field(primary_key=True)
    registration_id: str = Field(primary_key=True)
    person_id: str
    seconds: int
    present: bool
    instruction_seconds: int
    inferred: bool
    rule_version: int
    evidence_version: int
    evidence_sha256: str
    settled_at: datetime
    flagged_seconds: int | None = None
    kept_seconds: int | None = None
    by: str = "evidence"
    correction: int = 0
    doubts: list[str] = Json(default_factory=list)
    schedule_version: int | None = None
