"""Tables of attendance, in the order in which a batch locks them.

A session's row is the guard of all that is decided about it: whoever adds evidence, confirms a
registration or completes the session locks it first, so completion misses nothing.
Observations and report lines are append-only (only the end of their retention deletes them) and
hold no name: names wait, erasably, in `unmatched`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from shared.runtime.tables import Json, service_base, table


class Base(service_base("attendance")):  # type: ignore[misc]
    """The base of attendance's rows."""


@table("courses")
class Course(Base):
    """A copy of what attendance needs of a course; `version` of the last event heard."""

    course_id: str = Field(primary_key=True)
    version: int
    status: str
    title: str
    zone: str
    disclosure_version: str | None = None


@table(
    "sessions",
    CheckConstraint("state in ('stub', 'planned', 'open', 'completed', 'cancelled')", name="state"),
    CheckConstraint("state = 'stub' or (starts_at < ends_at)", name="window"),
)
class Session(Base):
    """A session as scheduled and as it stands; a stub has no window yet.

    The rule is stamped when the session is scheduled, or moved. `published_meeting_id` is what the
    course last named: an operator's swap stands until the course names another meeting.
    """

    course_id: str = Field(primary_key=True)
    session_id: str = Field(primary_key=True)
    state: str = "stub"
    schedule_version: int = 0
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    opens_at: datetime | None = None
    breaks: list[list[str]] = Json(default_factory=list)  # [[from, to], …] as RFC 3339
    title: str = ""
    meeting_id: str | None = None
    meeting_url: str | None = None
    published_meeting_id: str | None = None
    rule_version: int = 1
    max_missed_seconds: int = 900
    recorded: bool = False
    instruction_minutes: int | None = None  # where it was cut short, or is a recording
    completed_at: datetime | None = None
    completed_by: str | None = None


@table("meetings", Index(None, "course_id", "session_id"))
class Meeting(Base):
    """Every meeting that stood for a session, the swapped ones too."""

    meeting_id: str = Field(primary_key=True)
    course_id: str = Field(primary_key=True)
    session_id: str = Field(primary_key=True)
    url: str
    since: datetime
    by: str  # "course", or the name of the key that swapped


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


@table("people")
class Person(Base):
    """A copy of name and address, to help a human match.

    An erased person stays as a mark without either, so that an old event brings nobody back.
    """

    person_id: str = Field(primary_key=True)
    version: int = 0
    name: str = ""
    email: str = ""
    erased: bool = False


@table(
    "unmatched",
    CheckConstraint("state in ('open', 'matched')", name="state"),
    Index(None, "course_id", "session_id"),
    Index(None, "registration_id"),
    Index(None, "claimed_registration_id"),
    Index(None, "state", "id"),
)
class Unmatched(Base):
    """A participant of whom no known registration was named, and whom a human matched."""

    id: str = Field(primary_key=True)
    course_id: str
    session_id: str
    participant_id: str
    claimed_registration_id: str | None = None
    name: str | None = None
    email: str | None = None
    state: str = "open"
    registration_id: str | None = None
    first_seen_at: datetime
    history: list[dict[str, Any]] = Json(default_factory=list)  # who matched what, when and why


@table(
    "observations",
    Index(None, "course_id", "session_id", "participant_id"),
    Index(None, "registration_id"),
    append_only=True,
)
class Observation(Base):
    """One observation, as it came: append-only."""

    source: str = Field(primary_key=True)
    observation_id: str = Field(primary_key=True)
    course_id: str
    session_id: str
    meeting_id: str | None = None
    participant_id: str | None = None
    registration_id: str | None = None
    kind: str
    at: datetime
    body: dict[str, Any] = Json()  # the line, without name and e-mail
    sha256: str  # of the body's canonical JSON
    received_at: datetime


@table(
    "report_lines",
    CheckConstraint("origin in ('report', 'partner')", name="origin"),
    Index(None, "course_id", "session_id", "participant_id"),
    Index(None, "registration_id"),
    append_only=True,
)
class ReportLine(Base):
    """One interval of a report, as it came: append-only. The same line twice is one."""

    course_id: str = Field(primary_key=True)
    session_id: str = Field(primary_key=True)
    sha256: str = Field(primary_key=True)  # of the body's canonical JSON
    origin: str
    participant_id: str
    registration_id: str | None = None
    joined_at: datetime
    left_at: datetime | None = None
    waiting: bool = False
    body: dict[str, Any] = Json()
    received_at: datetime


@table("records", Index(None, "registration_id"))
class Record(Base):
    """What was settled for a registration and session, and on which evidence.

    `flagged_seconds` is the worse result for which a human was called; nothing is revoked.
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
