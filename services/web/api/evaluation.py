"""The evaluation form, from the course's own questions."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from services.web.api.common import (
    FormDep,
    OwnersDep,
    PagesDep,
    course_of,
    key_of,
    new_key,
    registration_of,
    see,
)
from services.web.api.mine import why_not
from services.web.api.missing import missing
from services.web.domain.evaluation_form import Asked, answers_of
from services.web.owners import Away, Owners, or_none, segment
from services.web.render import Pages
from shared.contracts.course import Course, EvaluationForm
from shared.runtime.asking import PlatformSecretDep
from shared.runtime.database import Reader
from shared.runtime.edge import ReaderDep

router = APIRouter(include_in_schema=False)
_REFUSED = "refused"


@router.get("/r/{token}/evaluation")
async def show(
    token: str,
    request: Request,
    pages: PagesDep,
    owners: OwnersDep,
    reader: ReaderDep,
    secret: PlatformSecretDep,
) -> Response:
    """The empty form."""
    registration_id = registration_of(secret, token)
    if registration_id is None:
        return missing(request, pages, "link")
    found = await _evaluated(owners, reader, registration_id, token)
    if isinstance(found, str):
        return missing(request, pages, found)
    return _page(request, pages, token, found)


@router.post("/r/{token}/evaluation")
async def submit(
    token: str,
    request: Request,
    form: FormDep,
    pages: PagesDep,
    owners: OwnersDep,
    reader: ReaderDep,
    secret: PlatformSecretDep,
) -> Response:
    """Back to one's own page when it was taken; else the form again, as it was filled in."""
    registration_id = registration_of(secret, token)
    if registration_id is None:
        return missing(request, pages, "link")
    course = await _evaluated(owners, reader, registration_id, token)
    if isinstance(course, str):
        return missing(request, pages, course)
    answers, wrong = answers_of(form, asked_of(course.evaluation))
    key, notice, status = key_of(form), "", 422
    if not wrong:
        path = f"/certificates/v1/registrations/{segment(registration_id)}/evaluation"
        try:
            answer = await owners.act(
                "certificates", path, {"answers": answers}, key=key, token=token
            )
        except Away:
            notice, status = "away", 503
        else:
            if answer.ok:
                return see(f"/r/{segment(token)}?n=evaluated#certificates", personal=True)
            notice, status = answer.detail or _REFUSED, answer.status
    key = key if notice == "away" else new_key()
    shown = {"key": key, "values": form, "wrong": wrong, "notice": notice}
    return _page(request, pages, token, course, status, **shown)


def _page(
    request: Request, pages: Pages, token: str, course: Course, status: int = 200, **shown: Any
) -> Response:
    empty: dict[str, Any] = {"key": new_key(), "values": {}, "wrong": [], "notice": ""}
    filled = empty | shown | {"token": token, "course": course}
    return pages.page(request, "evaluation.html", status, personal=True, **filled)


def asked_of(form: EvaluationForm | None) -> list[Asked]:
    """The questions as the form reads them."""
    return [
        Asked(one.question_id, one.kind, one.scale, one.choices, one.required)
        for one in (form.questions if form else ())
    ]


async def _evaluated(
    owners: Owners, reader: Reader, registration_id: str, token: str
) -> Course | str:
    """The course behind a link, or which page to show instead."""
    path = f"/registration/v1/registrations/{segment(registration_id)}"
    answer = await or_none(owners.ask("registration", path, token))
    if answer is None or not answer.ok:
        return why_not(answer) if answer else "away"
    course = await course_of(reader, str(answer.body.get("course_id", "")))
    return course if course and course.evaluation else "page"
