"""What a registry answered to a report: staff note it, and what was refused is sent again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.certificates.commands.reports import ReportNotThere, place_of
from services.certificates.models import Course, Report, ReportLine, ReportOutcome
from shared.errors import Invalid, fault
from shared.runtime.plans import alone, needs
from shared.runtime.rows import Query, replace, where
from shared.runtime.work import Work


@dataclass(frozen=True)
class Note:
    """What a registry answered to a report: accepted or refused; some `lines` refused, or all."""

    course_id: str
    number: int
    outcome: str
    lines: Sequence[int]
    by: str


def _lines_of(course_id: str, number: int) -> Query[ReportLine]:
    return where(ReportLine, course_id=course_id, number=number)


def outcomes_of(course_id: str, number: int) -> Query[ReportOutcome]:
    """All that was noted of a report, the last first."""
    return where(ReportOutcome, course_id=course_id, number=number, order=("-turn",))


@alone
@needs(
    lambda c: [
        (Course, c.course_id),
        (Report, (c.course_id, c.number)),
        _lines_of(c.course_id, c.number),
        outcomes_of(c.course_id, c.number),
    ]
)
async def note(work: Work, c: Note) -> tuple[Report, ReportOutcome]:
    """Keep it; what was refused counts as never sent, so the next report has it again.

    The same once more changes nothing. Raises ReportNotThere, Invalid (a line that is not there, or
    lines of a report that was accepted).
    """
    report = work.get(Report, (c.course_id, c.number))
    if report is None:
        raise ReportNotThere("The course has no report of that number.")
    refused = _refused(c, report)
    before = work.first(outcomes_of(c.course_id, c.number))
    if before is not None and (before.outcome, before.lines) == (c.outcome, sorted(set(c.lines))):
        return report, before
    for one in work.find(_lines_of(c.course_id, c.number)):
        if one.refused != (one.line in refused):
            work.put(replace(one, refused=one.line in refused))
    outcome = ReportOutcome(
        course_id=c.course_id,
        number=c.number,
        turn=before.turn + 1 if before else 1,
        outcome=c.outcome,
        lines=sorted(set(c.lines)),
        noted_at=work.now,
        noted_by=c.by,
    )
    work.put(outcome)
    work.audit("report.noted", f"{c.course_id} {c.number}", c.outcome)
    if refused:
        work.plan_due("report_due", place_of(c.course_id, report.board), work.now)
    return report, outcome


def _refused(c: Note, report: Report) -> frozenset[int]:
    beyond = [line for line in c.lines if not 1 <= line <= report.lines]
    if beyond or (c.lines and c.outcome == "accepted"):
        detail = f"The report has lines 1 to {report.lines}; name those that were refused."
        raise Invalid("lines-invalid", detail, errors=[fault("/lines", detail)])
    if c.outcome == "accepted":
        return frozenset()
    return frozenset(c.lines) or frozenset(range(1, report.lines + 1))


def state_of(outcome: ReportOutcome | None) -> str:
    """How a report stands: made, accepted, refused or partly_refused."""
    if outcome is None:
        return "made"
    return "partly_refused" if outcome.lines else outcome.outcome
