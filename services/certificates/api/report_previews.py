"""What a report to a board would hold, before it is made."""

from __future__ import annotations

from collections import Counter
from typing import Any

from fastapi import APIRouter

from services.certificates.api.reports import SendBody
from services.certificates.commands.lines import reported
from services.certificates.commands.registry import told_to
from services.certificates.commands.reports import check_years, format_of, known_course
from services.certificates.models import Course
from shared.runtime.asking import OperatorDep, PathId
from shared.runtime.edge import ReaderDep
from shared.runtime.problems import problems

router = APIRouter(tags=["reports"])


@router.post(
    "/certificates/v1/courses/{course_id}/reports/preview",
    responses=problems(400, 401, 403, 404, 409, 410, 422),
)
async def preview(
    course_id: PathId, body: SendBody, _caller: OperatorDep, reader: ReaderDep
) -> dict[str, Any]:
    """How many lines are `ready` (never reported), `changed` (a correction is due) and `sent` as
    they stand; `held` back are so many by reason. That counts by format: `reported_as` are the
    other formats in which this board was reported to. Names nobody; nothing is done."""
    course = known_course(await reader.get(Course, course_id))
    check_years(course)
    told = await reader.find(told_to(course_id, body.board))
    form, registry, _ = format_of(course, body.board, body.format, told)
    states: Counter[str] = Counter()
    held: Counter[str] = Counter()
    async for page in reported(reader.fetch, course, registry.board, form, told):
        states.update(one.state for one in page)
        held.update(one.lack.reason for one in page if one.lack is not None)
    counts = {state: states[state] for state in ("ready", "changed", "sent")}
    others = sorted({one.format for one in told} - {form})
    said = {"board": registry.board, "format": form, "reported_as": others}
    return {**said, **counts, "held": dict(held)}
