"""The evaluation form: the questions that certificates asks, and whether it can be handed in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from fastapi import APIRouter, Request, Response

from services.web.api.behind import behind
from services.web.api.common import FormDep, OwnersDep, PagesDep, key_of, new_key, see
from services.web.api.failing import unread
from services.web.api.missing import missing
from services.web.domain.evaluation_form import (
    LONGEST,
    Asked,
    Stands,
    answers_of,
    as_filled_in,
    asked_of,
    stands,
)
from services.web.owners import Answer, Away, Owners, segment
from services.web.render import Pages
from shared.contracts.course import Course
from shared.dates import parse_instant
from shared.runtime.asking import PlatformSecretDep
from shared.runtime.database import Reader
from shared.runtime.edge import EdgeDep, ReaderDep

router = APIRouter(include_in_schema=False)
_TOLD = ("evaluation-closed", "evaluation-not-open", "evaluation-not-asked")
_VERSION = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Form:
    """What is asked of one learner, and how it stands; `away` where certificates did not say."""

    registration_id: str
    course: Course
    zone: str
    version: str
    questions: list[Asked]
    stands: Stands | Literal["away"]
    closes_at: datetime | None
    submitted_at: datetime | None


@router.get("/r/{token}/evaluation")
async def show(
    token: str,
    request: Request,
    pages: PagesDep,
    owners: OwnersDep,
    reader: ReaderDep,
    edge: EdgeDep,
    secret: PlatformSecretDep,
) -> Response:
    """The empty form; or since when it is in, or until when it could be handed in."""
    found = await _form_of(owners, reader, secret, token, edge.now())
    if isinstance(found, str):
        return missing(request, pages, found)
    return _page(request, pages, token, found, 503 if found.stands == "away" else 200)


@router.post("/r/{token}/evaluation")
async def submit(
    token: str,
    request: Request,
    form: FormDep,
    pages: PagesDep,
    owners: OwnersDep,
    reader: ReaderDep,
    edge: EdgeDep,
    secret: PlatformSecretDep,
) -> Response:
    """Back to one's own page when it was taken; else the form again, as it was filled in."""
    found = await _form_of(owners, reader, secret, token, edge.now())
    if isinstance(found, str):
        return unread(request, pages, form, found)
    if found.stands in ("done", "closed", "coming", "unasked"):
        status = 200 if found.stands == "done" else 409
        return _page(request, pages, token, found, status, values=form)
    answers, wrong = answers_of(form, found.questions)
    version = form.get("version", "")
    if version != found.version and _VERSION.fullmatch(version):
        answers, wrong = as_filled_in(form), {}
    if wrong:
        return _page(request, pages, token, found, 422, values=form, wrong=wrong)
    path = f"/certificates/v1/registrations/{segment(found.registration_id)}/evaluation"
    key, body = key_of(form), _body(answers, version)
    try:
        answer = await owners.act("certificates", path, body, key=key, token=token)
    except Away:
        return _page(request, pages, token, found, 503, values=form, key=key, notice="away")
    if answer.ok:
        return see(f"/r/{segment(token)}?n=evaluated#certificates", personal=True)
    told = _refused(answer, found.questions, key)
    return _page(request, pages, token, found, answer.status, values=form, **told)


def _refused(answer: Answer, questions: list[Asked], key: str) -> dict[str, Any]:
    """Why it was not taken: beside the questions it is about, and by its type; `detail` is the
    owner's own words, which are English."""
    if answer.slug == "idempotency-key-in-use":
        return {"key": key, "notice": "busy"}
    ids = {one.question_id for one in questions}
    pointers = (str(one.get("pointer", "")) for one in answer.faults)
    at = (one.removeprefix("/answers/").replace("~1", "/").replace("~0", "~") for one in pointers)
    wrong = {one: "missing" for one in at if one in ids}
    detail = "" if answer.slug == "idempotency-key-reused" else answer.detail
    notice = "" if wrong else answer.slug if answer.slug in _TOLD else "refused"
    return {"wrong": wrong, "notice": notice, "detail": detail}


def _body(answers: dict[str, Any], version: str) -> dict[str, Any]:
    """With the version of the form that was filled in, where the page said it."""
    return {"answers": answers} | ({"version": int(version)} if _VERSION.fullmatch(version) else {})


def _page(
    request: Request, pages: Pages, token: str, form: Form, status: int = 200, **shown: Any
) -> Response:
    empty: dict[str, Any] = {
        "key": new_key(),
        "values": {},
        "wrong": {},
        "notice": "",
        "detail": "",
    }
    filled = empty | shown | {"token": token, "form": form, "course": form.course}
    headers = {"Retry-After": "30"} if status == 503 else None
    return pages.page(
        request,
        "evaluation.html",
        status,
        personal=True,
        headers=headers,
        longest=LONGEST,
        **filled,
    )


async def _form_of(
    owners: Owners, reader: Reader, secret: str, token: str, now: datetime
) -> Form | str:
    """The form behind a link, or which page to show instead.

    While certificates is away, the questions are those of the course: what was filled in before is
    shown again with them.
    """
    found = await behind(owners, reader, secret, token, certificates="")
    if isinstance(found, str):
        return found
    course, said = found.course, found.body("certificates")
    asked = said.get("evaluation")
    unasked = "evaluation" in said and not isinstance(asked, dict)
    if not isinstance(asked, dict):
        if course.evaluation is None:
            return "page"
        asked = course.evaluation.model_dump() | {"open": True}
    submitted_at = _instant(said.get("evaluated_at") or asked.get("submitted_at"))
    closes_at = _instant(asked.get("closes_at"))
    return Form(
        found.registration_id,
        course,
        found.zone,
        str(asked.get("version", "")),
        asked_of(asked.get("questions") or _of_course(course)),
        _stands(stands(bool(asked.get("open")), submitted_at, closes_at, now), unasked)
        if said
        else "away",
        closes_at,
        submitted_at,
    )


def _stands(told: Stands, unasked: bool) -> Stands:
    """Who is not asked is told so, unless theirs is in."""
    return "unasked" if unasked and told != "done" else told


def _instant(text: Any) -> datetime | None:
    return parse_instant(str(text)) if text else None


def _of_course(course: Course) -> list[dict[str, Any]]:
    """Its questions as registration says them, with which what was filled in is shown again."""
    return [one.model_dump() for one in course.evaluation.questions] if course.evaluation else []
