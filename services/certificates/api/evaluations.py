"""Evaluations: handing one in, opening it again, and what a course's come to."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.certificates.api.acting import ActDep
from services.certificates.api.reading import facts_by
from services.certificates.api.shown import OfficeDep, Reason, evaluation_body
from services.certificates.api.summaries import as_csv, summary_of, without_texts
from services.certificates.commands import evaluating, forms
from services.certificates.domain.facts import Facts
from services.certificates.models import Course, Registration
from services.certificates.sealing import sealed
from shared.dates import rfc3339
from shared.errors import Forbidden, Invalid, NotFound
from shared.runtime.asking import OperatorDep, PartnerDep, PathId
from shared.runtime.caller import Caller
from shared.runtime.database import Reader
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep, ReaderDep, RequiredOnce
from shared.runtime.problems import problems

router = APIRouter(tags=["evaluations"], route_class=Direct)
_FORMATS = ("json", "csv")


class EvaluationBody(BaseModel):
    """Answers by question id: a number, a text, true, false or null each. `version` is that of the
    form they answer, so that a form that changes meanwhile takes nothing from who filled it in."""

    model_config = ConfigDict(extra="forbid")
    answers: dict[str, str | int | float | bool | None] = Field(min_length=1, max_length=200)
    version: int | None = Field(None, ge=0, le=2**31)


class ReopenBody(BaseModel):
    """Until when one learner's evaluation is taken, and why, for operators."""

    model_config = ConfigDict(extra="forbid")
    until: AwareDatetime
    reason: Reason


class ReopenAllBody(BaseModel):
    """Until when everybody's is taken; `reason` in a word such as `mail-was-late`, for it is kept
    with no person, and so names none."""

    model_config = ConfigDict(extra="forbid")
    until: AwareDatetime
    reason: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)


@router.post(
    "/certificates/v1/registrations/{registration_id}/evaluation",
    status_code=201,
    responses={
        200: {"description": "Handed in before"},
        **problems(400, 401, 403, 404, 409, 410, 422, 425),
    },
)
async def evaluate(
    registration_id: PathId, body: EvaluationBody, act: ActDep, office: OfficeDep
) -> Response:
    """Hand in the evaluation: the fact is kept with the person, the answers without."""
    shut = sealed(office.secret, body.answers)
    return await act.on(
        registration_id,
        evaluating.evaluate,
        evaluating.Evaluate(registration_id, body.answers, shut, act.now(), body.version),
        lambda new: (201 if new else 200, {"registration_id": registration_id}),
    )


@router.post(
    "/certificates/v1/registrations/{registration_id}/evaluation/reopen",
    responses=problems(400, 401, 403, 404, 409, 410, 422),
)
async def reopen(
    registration_id: PathId,
    body: ReopenBody,
    _caller: OperatorDep,
    reader: ReaderDep,
    edge: EdgeDep,
    once: RequiredOnce,
) -> Response:
    """Take one learner's evaluation until an instant, though it closed or closes before."""
    reg = await reader.get(Registration, registration_id)
    course = await reader.get(Course, reg.course_id) if reg else None
    facts = (await facts_by(reader, reg))[1] if reg else Facts()
    now = edge.now()

    def answer(opened: Registration) -> tuple[int, Any]:
        shown = {"registration_id": registration_id, "until": rfc3339(body.until)}
        return 200, shown | {"evaluation": evaluation_body(opened, course, facts, now)}

    command = evaluating.Reopen(registration_id, body.until, body.reason)
    return await edge.run(evaluating.reopen, command, once=once, answer=answer)


@router.post(
    "/certificates/v1/courses/{course_id}/evaluations/reopen",
    responses=problems(400, 401, 403, 404, 409, 410, 422),
)
async def reopen_course(
    course_id: PathId,
    body: ReopenAllBody,
    _caller: OperatorDep,
    edge: EdgeDep,
    once: RequiredOnce,
) -> Response:
    """Take the evaluations of a course until an instant, from everybody who did not hand in yet."""

    def answer(course: Course) -> tuple[int, Any]:
        closes: datetime | None = forms.closes_at(course)
        shown = {"course_id": course_id, "until": rfc3339(body.until)}
        return 200, shown | {"closes_at": rfc3339(closes) if closes else None}

    command = evaluating.ReopenCourse(course_id, body.until, body.reason)
    return await edge.run(evaluating.reopen_course, command, once=once, answer=answer)


@router.get(
    "/certificates/v1/courses/{course_id}/evaluations",
    response_class=Response,
    responses={
        200: {"content": {"application/json": {}, "text/csv": {}}},
        **problems(401, 403, 404, 422),
    },
)
async def summary(
    course_id: PathId,
    caller: PartnerDep,
    reader: ReaderDep,
    edge: EdgeDep,
    format_: Annotated[str, Query(alias="format", max_length=20)] = "json",
    texts: Annotated[bool, Query(description="For an operator's key: false for numbers")] = True,
) -> Response:
    """What the evaluations of a course come to, for the provider and for boards' renewal files; and
    for the course's joint sponsor, who is told numbers, and no text that somebody wrote.

    Answers to a form are told once there are three more of them, so that no single one can be seen
    to come; what is left of fewer than three, at the end too, is only counted.
    """
    if format_ not in _FORMATS:
        raise Invalid("format-unknown", "The summary is given as json or csv.")
    if not caller.operator:
        await _admit(caller, reader, course_id)
    told = await summary_of(reader, course_id, edge.now())
    if told is None:
        raise NotFound("course-unknown", "There is no such course.")
    if not (caller.operator and texts):
        told = without_texts(told)
    if format_ == "json":
        return JSONResponse(told)
    name = 'attachment; filename="evaluations.csv"'
    return Response(as_csv(told), media_type="text/csv", headers={"Content-Disposition": name})


async def _admit(caller: Caller, reader: Reader, course_id: str) -> None:
    """The partner whom the course names as its joint sponsor, of just this course."""
    course = await reader.get(Course, course_id)
    sponsor = (course.document.get("joint_sponsor") or {}) if course else {}
    if not sponsor.get("partner_id") or caller.partner != sponsor["partner_id"]:
        raise Forbidden("course-of-another", "This key is not of the course's joint sponsor.")
