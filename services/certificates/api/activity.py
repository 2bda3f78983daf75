"""The activity file of a course: certificates' part of what an auditor asks for (domain.md §9a)."""

from __future__ import annotations

from collections.abc import AsyncIterator

from fastapi import APIRouter, Response
from fastapi.responses import StreamingResponse

from services.certificates.api import activity_parts as parts
from services.certificates.api.activity_decisions import decisions
from services.certificates.api.activity_tables import agenda, approvals
from services.certificates.api.rosters import as_csv
from services.certificates.api.shown import OfficeDep
from services.certificates.api.summaries import summary_of
from services.certificates.archive import Archive
from services.certificates.commands.draft import course_as_published
from services.certificates.commands.office import Office
from services.certificates.commands.reading import Read, read
from services.certificates.commands.reports import known_course
from services.certificates.models import Course
from shared.runtime.asking import OperatorDep, PathId
from shared.runtime.database import Reader
from shared.runtime.edge import EdgeDep, ReaderDep
from shared.runtime.problems import problems

router = APIRouter(tags=["activity"])


@router.get(
    "/certificates/v1/courses/{course_id}/activity",
    response_class=Response,
    responses={200: {"content": {"application/zip": {}}}, **problems(401, 403, 404, 422)},
)
async def activity(
    course_id: PathId, _caller: OperatorDep, reader: ReaderDep, edge: EdgeDep, office: OfficeDep
) -> Response:
    """A ZIP: the course as published, agenda, approvals, disclosures, decisions with their evidence
    by ids, the evaluations' summary, roster, corrections, reports as they went out, a sample of
    each board's certificate, and a manifest. Names stand in roster and reports alone. Audited."""
    course = known_course(await reader.get(Course, course_id))
    asked = Read(course_id, "activity.read")
    noted = await edge.run(read, asked, answer=lambda _: (200, {}))
    if noted.status_code != 200:
        return noted
    summary = await summary_of(reader, course_id, edge.now())
    plain = "".join(each if each.isascii() and each.isalnum() else "-" for each in course_id)
    return StreamingResponse(
        _whole(reader, course, office, summary),
        media_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="activity-{plain}.zip"'},
    )


async def _whole(
    reader: Reader, course: Course, office: Office, summary: object
) -> AsyncIterator[bytes]:
    archive = Archive()
    said = course_as_published(course)
    fixed = [
        ("course.json", parts.as_json(parts.public_document(course))),
        ("agenda.csv", agenda(said)),
        ("approvals.csv", approvals(said)),
        ("disclosures.json", parts.as_json(parts.disclosures(course))),
        ("evaluation-summary.json", parts.as_json(summary)),
    ]
    for name, content in fixed:
        async for chunk in archive.add(name, parts.once(content)):
            yield chunk
    streamed = [
        ("decisions.ndjson", decisions(reader, course)),
        ("roster.csv", parts.encoded(as_csv(reader, course))),
        ("corrections.csv", parts.encoded(parts.corrections(reader, course.course_id))),
        ("reports.csv", parts.encoded(parts.reports(reader, course.course_id))),
    ]
    for name, chunks in streamed:
        async for chunk in archive.add(name, chunks):
            yield chunk
    async for name, content in parts.report_files(reader, course.course_id):
        async for chunk in archive.add(name, parts.once(content)):
            yield chunk
    for place, board in enumerate(said.boards, 1):
        sample = await parts.sample(said, board, office)
        name = f"samples/{place:02}-{parts.plain_name(board.board)}.pdf"
        async for chunk in archive.add(name, parts.once(sample)):
            yield chunk
    yield archive.end(course_id=course.course_id, version=course.version)
