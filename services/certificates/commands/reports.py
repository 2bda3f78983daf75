"""Reports to boards and registries: what was not sent yet is made a file, which never changes.

"Once posted it cannot be edited" (boards-and-platforms.md §1.4): so the very bytes are kept, with
whom each line was about; who was reported is not reported again, but for a correction, which says
which line it corrects. The course's row is the guard: of two who send at once, one finds nothing
new.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from services.certificates.commands.lines import (
    Reported,
    check_reportable,
    registry_of,
    reported,
    told_to,
)
from services.certificates.domain.sheets import FORMATS, Registry, cells, heads, sheet
from services.certificates.domain.words import plain
from services.certificates.models import Course, Report, ReportFile, ReportLine
from shared.contracts.boards import Board
from shared.errors import Conflict, Gone, Invalid, NotFound, fault
from shared.runtime.plans import Plan, alone, needs
from shared.runtime.rows import Query, where
from shared.runtime.tasks import task_key
from shared.runtime.work import Work

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


class NothingToReport(Conflict):
    """Nobody is ready to be reported, and nobody ever was; `held_back` says how many are not."""

    slug = "nothing-to-report"


@dataclass(frozen=True)
class Send:
    """Report to a board whoever was not reported yet; an empty format is the board's own."""

    course_id: str
    board: str
    format: str
    by: str


@dataclass(frozen=True)
class Sent:
    """The reports that were made, or the last one where nothing was new; why others were held."""

    reports: Sequence[Report]
    new: bool
    held: Mapping[str, int] = field(default_factory=dict)


def latest(course_id: str) -> Query[Report]:
    """The last report of a course."""
    return where(Report, course_id=course_id, order=("-number",), limit=1)


def _latest_to(course_id: str, board: str, form: str) -> Query[Report]:
    equal = {"course_id": course_id, "board": board, "format": form}
    return where(Report, order=("-number",), limit=1, **equal)


def place_of(course_id: str, board: str) -> str:
    """What the task and the deadline of a board's report are named by."""
    return f"{course_id}/{board}"


def known_course(row: Course | None) -> Course:
    """A course that was published; raises CourseNotThere."""
    if row is None or not row.document:
        raise CourseNotThere("There is no such course.")
    return row


def is_due(rule: Board) -> bool:
    """Whether it is said by when this board wants to hear of everybody."""
    return rule.reporting is not None and rule.reporting.within_days is not None


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


def _send_needs(c: Send) -> Plan:
    [course] = yield [(Course, c.course_id)]
    forms = FORMATS if course is not None else ()
    return [
        (Course, c.course_id),
        latest(c.course_id),
        *(_latest_to(c.course_id, c.board, form) for form in forms),
        told_to(c.course_id, c.board),
        task_key(DUE, place_of(c.course_id, c.board)),
    ]


@alone
@needs(_send_needs)
async def send(work: Work, c: Send) -> Sent:
    """Make a report of the new lines, and one of corrections; where there are none, the last one.

    Raises CourseNotThere, BoardNotThere, EvidenceEnded, Invalid, NotReportable, NothingToReport.
    """
    course = known_course(work.get(Course, c.course_id))
    if course.evidence_ended_at is not None:
        raise EvidenceEnded("The years for which this course is reported are over.")
    told = work.find(told_to(c.course_id, c.board))
    form, registry, rule = format_of(course, c.board, c.format, told)
    found, held, waits = _sorted(
        [
            one
            async for page in reported(work.con.fetch, course, c.board, form, told)
            for one in page
        ],
        is_due(rule),
    )
    if not waits:
        work.close_task(DUE, place_of(c.course_id, c.board), "reported")
    last = work.first(latest(c.course_id))
    number = last.number if last else 0
    made = []
    for kind, those in (("new", found["ready"]), ("correction", found["changed"])):
        if those:
            number += 1
            made.append(
                await _make(work, c, form, registry, rule, kind, number, those, held.total())
            )
    if made:
        return Sent(made, new=True, held=held)
    before = work.first(_latest_to(c.course_id, c.board, form))
    if before is None:
        raise NothingToReport(
            "Nobody is ready to be reported to this board yet.", held_back=dict(held)
        )
    return Sent([before], new=False, held=held)


def _sorted(
    everybody: Iterable[Reported], in_time: bool
) -> tuple[dict[str, list[Reported]], Counter[str], bool]:
    """Those to report by their state, how many are held back and why, and whether one of these
    waits for staff: where no day is said, only one that was reported already does."""
    found: dict[str, list[Reported]] = {"ready": [], "changed": []}
    held: Counter[str] = Counter()
    waits = False
    for one in everybody:
        if one.state in found:
            found[one.state].append(one)
        elif one.lack is not None:
            held[one.lack.reason] += 1
            waits |= one.waits and (in_time or one.sent is not None)
    return found, held, waits


async def _make(
    work: Work,
    c: Send,
    form: str,
    registry: Registry,
    rule: Board,
    kind: str,
    number: int,
    those: Sequence[Reported],
    held: int,
) -> Report:
    titles = heads(form, correction=kind == "correction")
    rows = [titles] if titles else []
    line = 0
    async for one in work.unhurried(those):
        assert one.line is not None
        line += 1
        rows.append(cells(form, registry, one.line, one.sent))
        work.put(
            ReportLine(
                course_id=c.course_id,
                number=number,
                line=line,
                board=c.board,
                format=form,
                registration_id=one.registration_id,
                person_id=one.person_id,
                certificate_id=one.certificate_id,
                credits=plain(one.line.credits),
                mark=one.mark,
                corrects_report=one.sent.report if one.sent else 0,
                corrects_line=one.sent.line if one.sent else 0,
            )
        )
    content = sheet(rows).encode()
    report = Report(
        course_id=c.course_id,
        number=number,
        board=c.board,
        format=form,
        kind=kind,
        made_at=work.now,
        made_by=c.by,
        lines=len(those),
        held=held,
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        rule=rule.model_dump(mode="json"),
    )
    work.put(report)
    work.put(ReportFile(course_id=c.course_id, number=number, content=content))
    work.audit("report.made", f"{c.course_id} {number}", form)
    return report
