"""What was reported to boards and their registries, as it went out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from services.certificates.models.base import Base
from shared.runtime.tables import Json, table


@table(
    "reports",
    CheckConstraint("kind in ('new', 'correction')", name="kind"),
    Index(None, "course_id", "board", "number"),
    append_only=True,
)
class Report(Base):
    """A file that went to a registry; `number` counts within the course. Names nobody.

    `kind` is new, or correction: a registry that takes no edits would take a correction for more.
    `held` is how many lines were held back then. `rule` is the board as the course had it, so that
    what was reported can be corrected whatever is published later.
    """

    course_id: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    board: str
    format: str
    kind: str
    made_at: datetime
    made_by: str
    lines: int
    held: int
    sha256: str
    size: int
    rule: dict[str, Any] = Json()


@table("report_files", append_only=True)
class ReportFile(Base):
    """The very bytes of a report, with names and licences: evidence, deleted when its years are
    over. Once somebody in it was erased it is restricted: for the activity file alone."""

    course_id: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    content: bytes


@table(
    "report_lines",
    Index(None, "registration_id", "board", "format", "number"),
    Index(None, "person_id"),
)
class ReportLine(Base):
    """Whom a line of a report was about, and what it said, as a digest (`mark`).

    `corrects_report` and `corrects_line` name the line it corrects; both 0 of a new one. `refused`:
    the registry did not take it, so it counts as never sent. `mark` is empty once the person was
    erased or the evidence has ended: who guesses a licence's number could try it.
    """

    course_id: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    line: int = Field(primary_key=True)
    board: str
    format: str
    registration_id: str
    person_id: str
    certificate_id: str
    credits: str
    mark: str
    corrects_report: int = 0
    corrects_line: int = 0
    refused: bool = False


@table(
    "report_outcomes",
    CheckConstraint("outcome in ('accepted', 'refused')", name="outcome"),
    append_only=True,
)
class ReportOutcome(Base):
    """What a registry answered, as staff noted it; the last one holds. `lines` are those that it
    refused, where it took the others."""

    course_id: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    turn: int = Field(primary_key=True)
    outcome: str
    lines: list[int] = Json(default_factory=list)
    noted_at: datetime
    noted_by: str
