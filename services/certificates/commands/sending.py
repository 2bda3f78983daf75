"""Making a report: what was not sent yet is made a file, which never changes.

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

from services.certificates.commands.lines import Reported, reported
from services.certificates.commands.registry import told_to
from services.certificates.commands.reports import (
    DUE,
    check_years,
    format_of,
    known_course,
    place_of,
)
from services.certificates.domain.sheets import FORMATS, Registry, cells, heads, sheet
from services.certificates.domain.words import plain
from services.certificates.models import Course, Report, ReportFile, ReportLine
from shared.contracts.boards import Board
from shared.errors import Conflict
from shared.runtime.plans import Plan, alone, needs
from shared.runtime.rows import Query, where
from shared.runtime.tasks import task_key
from shared.runtime.work import Work

TO_SEND = ("ready", "changed")  # of `Reported`, those that make a line
_STAY = "SELECT erased FROM people WHERE person_id = ANY($1) ORDER BY person_id FOR SHARE"


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


def _latest(course_id: str) -> Query[Report]:
    """The last report of a course."""
    return where(Report, course_id=course_id, order=("-number",), limit=1)


def _latest_to(course_id: str, board: str, form: str) -> Query[Report]:
    equal = {"course_id": course_id, "board": board, "format": form}
    return where(Report, order=("-number",), limit=1, **equal)


def _is_due(rule: Board) -> bool:
    """Whether it is said by when this board wants to hear of everybody."""
    return rule.reporting is not None and rule.reporting.within_days is not None


def _send_needs(c: Send) -> Plan:
    [course] = yield [(Course, c.course_id)]
    forms = FORMATS if course is not None else ()
    return [
        (Course, c.course_id),
        _latest(c.course_id),
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
    check_years(course)
    told = work.find(told_to(c.course_id, c.board))
    form, registry, rule = format_of(course, c.board, c.format, told)
    everybody = await _everybody(work, course, c.board, form, told)
    found, held, waits = _sorted(everybody, _is_due(rule))
    if not waits:
        work.close_task(DUE, place_of(c.course_id, c.board), "reported")
    last = work.first(_latest(c.course_id))
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
        why = ", ".join(f"{reason.replace('_', ' ')}: {n}" for reason, n in sorted(held.items()))
        raise NothingToReport(
            "Nobody is ready to be reported to this board yet."
            + (f" Held back are {why}." if why else ""),
            held_back=dict(held),
            format=form,
        )
    return Sent([before], new=False, held=held)


async def _everybody(
    work: Work, course: Course, board: str, form: str, told: Sequence[Report]
) -> list[Reported]:
    """Everybody as they stand, of whom nobody who is to be reported can be erased before it is
    kept: the erasure waits, then finds the line and empties its digest. Who was erased since they
    were read is found so when they are read anew, and nobody comes back from that.
    """
    while True:
        pages = reported(work.con.fetch, course, board, form, told)
        everybody = [one async for page in pages for one in page]
        people = {one.person_id for one in everybody if one.state in TO_SEND}
        if not any(row["erased"] for row in await work.con.fetch(_STAY, list(people))):
            return everybody


def _sorted(
    everybody: Iterable[Reported], in_time: bool
) -> tuple[dict[str, list[Reported]], Counter[str], bool]:
    """Those to report by their state, how many are held back and why, and whether one of these
    waits for staff: where no day is said, only one that was reported already does."""
    found: dict[str, list[Reported]] = {state: [] for state in TO_SEND}
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
