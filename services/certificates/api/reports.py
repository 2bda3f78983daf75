"""Reports to boards and registries: made, kept as they went out, answered."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from services.certificates.api.rosters import CSV, attached
from services.certificates.commands import outcomes, reports, sending
from services.certificates.commands.reading import Read, read
from services.certificates.models import Course, Report, ReportFile, ReportLine, ReportOutcome
from shared.dates import rfc3339
from shared.errors import Gone
from shared.runtime.asking import PAGE, Limit, OperatorDep, PathId, PublicUrlDep
from shared.runtime.database import Reader
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep, ReaderDep, RequiredOnce
from shared.runtime.problems import problems
from shared.runtime.rows import where

router = APIRouter(tags=["reports"], route_class=Direct)
Number = Annotated[int, Field(ge=1, le=2**31)]
After = Annotated[int | None, Query(ge=0, le=2**31, description="`next` of the page before")]
_PATH = "/certificates/v1/courses/{course_id}/reports"
_LAST = """
SELECT DISTINCT ON (number) * FROM report_outcomes WHERE course_id = $1 AND number = ANY($2)
ORDER BY number, turn DESC
"""


class SendBody(BaseModel):
    """To which board, and in which format, where that is not the board's own."""

    model_config = ConfigDict(extra="forbid")
    board: str = Field(min_length=1, max_length=200, pattern=r"^[^\x00]+$")
    format: Literal["", "csv", "cebroker", "pars"] = ""


class OutcomeBody(BaseModel):
    """What the registry answered. `lines` are those it refused; refused without them means all."""

    model_config = ConfigDict(extra="forbid")
    outcome: Literal["accepted", "refused"]
    lines: Annotated[list[Number], Field(max_length=10_000)] = []


@router.post(
    _PATH,
    status_code=201,
    responses={
        200: {"description": "Nothing is new: the last report"},
        **problems(400, 401, 403, 404, 409, 410, 422),
    },
)
async def send(
    course_id: PathId,
    body: SendBody,
    caller: OperatorDep,
    edge: EdgeDep,
    url: PublicUrlDep,
    once: RequiredOnce,
) -> Response:
    """Report whoever was not reported yet, and what changed since as a report of corrections.

    The answer is the first report that was made; `made` has the numbers of all (at most two).
    """

    def answer(sent: sending.Sent) -> tuple[int, Any]:
        body = report_body(sent.reports[0], None, url)
        made = [one.number for one in sent.reports] if sent.new else []
        return 201 if sent.new else 200, body | {"made": made, "held": dict(sent.held)}

    command = sending.Send(course_id, body.board, body.format, caller.name)
    return await edge.run(sending.send, command, once=once, answer=answer)


@router.get(_PATH, responses=problems(401, 403, 404, 422))
async def listed(
    course_id: PathId,
    _caller: OperatorDep,
    reader: ReaderDep,
    url: PublicUrlDep,
    limit: Limit = PAGE,
    after: After = None,
) -> dict[str, Any]:
    """All reports of a course, the first one first: when, by whom, and how the registry took it."""
    reports.known_course(await reader.get(Course, course_id))
    place = (after or 0, course_id)
    asked = where(Report, course_id=course_id, order=("number",), limit=limit, after=place)
    found, more = await reader.page(asked)
    last = await outcomes_of(reader, course_id, [one.number for one in found])
    return {
        "items": [report_body(one, last.get(one.number), url) for one in found],
        "next": str(more.number) if more else None,
    }


@router.get(
    _PATH + "/{number}",
    response_class=Response,
    responses={200: {"content": CSV}, **problems(401, 403, 404, 410, 422)},
)
async def file(
    course_id: PathId, number: int, _caller: OperatorDep, reader: ReaderDep, edge: EdgeDep
) -> Response:
    """The very bytes that went out. Once somebody in it was erased it is restricted: evidence, for
    the activity file alone. The reading is audited."""
    report = await _known(reader, course_id, number)
    [restricted] = await reader.fetch(reports.RESTRICTED, course_id, number)
    if restricted["restricted"]:
        raise Gone(
            "report-restricted",
            "Somebody in this report was erased. It is kept as evidence, in the activity file.",
        )
    kept = await reader.get(ReportFile, (course_id, number))
    if kept is None:
        raise Gone("evidence-ended", "The years for which this report was kept are over.")
    asked = Read(course_id, "report.read", str(number))
    noted = await edge.run(read, asked, answer=lambda _: (200, {}))
    if noted.status_code != 200:
        return noted
    named = attached("report", course_id, str(number), report.board)
    headers = {**named, "ETag": f'"{report.sha256}"', "Cache-Control": "private, max-age=0"}
    return Response(kept.content, media_type="text/csv", headers=headers)


@router.get(_PATH + "/{number}/lines", responses=problems(401, 403, 404, 422))
async def lines(
    course_id: PathId,
    number: int,
    _caller: OperatorDep,
    reader: ReaderDep,
    limit: Limit = PAGE,
    after: After = None,
) -> dict[str, Any]:
    """Whom each line of a report is about, by ids, and what it corrects."""
    await _known(reader, course_id, number)
    asked = where(
        ReportLine, course_id=course_id, number=number, order=("line",), limit=limit,
        after=(after or 0, course_id, number),
    )  # fmt: skip
    found, more = await reader.page(asked)
    items = [
        {
            "line": one.line,
            "registration_id": one.registration_id,
            "certificate_id": one.certificate_id or None,
            "credits": one.credits,
            "corrects": {"report": one.corrects_report, "line": one.corrects_line}
            if one.corrects_report
            else None,
            "refused": one.refused,
        }
        for one in found
    ]
    return {"items": items, "next": str(more.line) if more else None}


@router.post(_PATH + "/{number}/outcome", responses=problems(400, 401, 403, 404, 422))
async def outcome(
    course_id: PathId,
    number: int,
    body: OutcomeBody,
    caller: OperatorDep,
    edge: EdgeDep,
    url: PublicUrlDep,
    once: RequiredOnce,
) -> Response:
    """Note what the registry answered: what it refused counts as never sent."""
    command = outcomes.Note(course_id, number, body.outcome, body.lines, caller.name)

    def answer(done: tuple[Report, ReportOutcome]) -> tuple[int, Any]:
        return 200, report_body(done[0], done[1], url)

    return await edge.run(outcomes.note, command, once=once, answer=answer)


def report_body(report: Report, last: ReportOutcome | None, url: str) -> dict[str, Any]:
    """A report as it is listed: nothing of what stands in it."""
    return {
        "course_id": report.course_id,
        "number": report.number,
        "board": report.board,
        "format": report.format,
        "kind": report.kind,
        "state": outcomes.state_of(last),
        "made_at": rfc3339(report.made_at),
        "made_by": report.made_by,
        "lines": report.lines,
        "held_back": report.held,
        "sha256": report.sha256,
        "size": report.size,
        "refused_lines": last.lines if last else [],
        "noted_at": rfc3339(last.noted_at) if last else None,
        "file": f"{url}/certificates/v1/courses/{report.course_id}/reports/{report.number}",
    }


async def outcomes_of(
    reader: Reader, course_id: str, numbers: list[int]
) -> dict[int, ReportOutcome]:
    """What was noted last, by the report's number."""
    found = await reader.fetch(_LAST, course_id, numbers)
    return {row["number"]: ReportOutcome(**dict(row)) for row in found}


async def _known(reader: Reader, course_id: str, number: int) -> Report:
    found = await reader.get(Report, (course_id, number)) if 0 < number < 2**31 else None
    if found is None:
        raise reports.ReportNotThere("The course has no report of that number.")
    return found
