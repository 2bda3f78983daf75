"""What is known of reports to boards and registries. (They are made in `sending`.)"""

from __future__ import annotations

from collections.abc import Sequence

from services.certificates.commands.registry import check_reportable, registry_of
from services.certificates.domain.sheets import FORMATS, Registry
from services.certificates.models import Course, Report
from shared.contracts.boards import Board
from shared.errors import Gone, Invalid, NotFound, fault

DUE = "report-due"  # the task, by course and board
RESTRICTED = """
SELECT EXISTS (
    SELECT 1 FROM report_lines l JOIN people p USING (person_id)
    WHERE l.course_id = $1 AND l.number = $2 AND p.erased
) AS restricted
"""


class CourseNotThere(NotFound):
    """There is no such course."""

    slug = "course-unknown"


class ReportNotThere(NotFound):
    """The course has no report of that number."""

    slug = "report-unknown"


class EvidenceEnded(Gone):
    """The years of the course are over: what were reported now would never be deleted."""

    slug = "evidence-ended"


def place_of(course_id: str, board: str) -> str:
    """What the task and the deadline of a board's report are named by."""
    return f"{course_id}/{board}"


def known_course(row: Course | None) -> Course:
    """A course that was published; raises CourseNotThere."""
    if row is None or not row.document:
        raise CourseNotThere("There is no such course.")
    return row


def check_years(row: Course) -> None:
    """Raises EvidenceEnded."""
    if row.evidence_ended_at is not None:
        raise EvidenceEnded("The years for which this course is reported are over.")


def format_of(
    row: Course, board: str, asked: str, told: Sequence[Report] = ()
) -> tuple[str, Registry, Board]:
    """The format that is meant, the registry it is for, and the board's rule. Raises BoardNotThere,
    Invalid, NotReportable."""
    registry, rule, _ = registry_of(row, board, told)
    form = asked or (rule.reporting.format if rule.reporting else "csv")
    if form not in FORMATS:
        wrong = fault("/format", f"One of {', '.join(FORMATS)}.")
        raise Invalid("format-unknown", "There is no such format.", errors=[wrong])
    check_reportable(form, registry)
    return form, registry, rule
