"""A colleague comes instead: who it is, and what follows, before anything is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Response

from services.web.api.common import new_key
from services.web.api.console_deed import (
    NO_REASON,
    Act,
    AskedDep,
    Deed,
    SentDep,
    accepting,
    not_known,
    through,
)
from services.web.api.console_paths import course_path, page_of, registration_path
from services.web.domain.choices import PROFESSIONS
from services.web.domain.person_form import LOCALES, licenses_in, person_in, proofs_in, rows_of
from services.web.domain.register_form import Fault
from services.web.owners import Answer

router = APIRouter(include_in_schema=False)
_PATH = "/console/registrations/{registration_id}/substitute"


@router.get(_PATH)
async def ask(registration_id: str, deed: AskedDep) -> Response:
    """Who comes instead?"""
    known = await deed.known(registration_path(registration_id))
    course = await _course(deed, known)
    if known is None or course is None:
        return deed.away()
    return await _form(deed, known, course)


@router.post(_PATH)
async def substitute(registration_id: str, deed: SentDep) -> Response:
    """What would follow; and once that was seen, the substitution."""
    path = registration_path(registration_id)
    known = await deed.known(path)
    told = await _course(deed, known)
    course = told or {}
    accepted = accepting(deed, course)
    body = {
        "attendee": person_in(deed.values),
        "disclosure_version": accepted.version,
        "reason": deed.values.get("reason", ""),
        **proofs_in(deed.values, course.get("prerequisites") or ()),
    }
    act = Act(f"{path}/substitute", body, (page_of(registration_id), "the registration"))
    if known is None or told is None:
        return not_known(deed, act)

    async def form(faults: Sequence[Fault], status: int) -> Response:
        return await _form(deed, known, course, faults, status)

    async def review(told: Mapping[str, Any], faults: Sequence[Fault]) -> Response:
        await deed.noted(registration_id)
        return deed.show(
            "registration_substitute.html",
            422 if faults else 200,
            one=known.body,
            course=course,
            review=told,
            licenses=[
                one | {"profession": one["profession"] or deed.values.get("profession", "")}
                for _, one in licenses_in(deed.values)
            ],
            faults=faults,
            key=new_key(),
        )

    if not deed.values.get("reason"):
        return await form([NO_REASON], 422)
    return await through(
        deed,
        act,
        form=form,
        review=review,
        done=lambda _: page_of(registration_id, "substituted"),
        lacking=accepted.lacking,
    )


async def _course(deed: Deed, known: Answer | None) -> Mapping[str, Any] | None:
    """Its course, empty where there is none; None where registration does not say."""
    if known is None or not known.ok:
        return {}
    told = await deed.known(course_path(str(known.body["course_id"])))
    if told is None:
        return None
    return told.body if told.ok else {}


async def _form(
    deed: Deed,
    known: Answer,
    course: Mapping[str, Any],
    faults: Sequence[Fault] = (),
    status: int = 200,
) -> Response:
    if not known.ok:
        return deed.missing()
    await deed.noted(str(known.body["registration_id"]))
    return deed.show(
        "registration_substitute.html",
        status,
        one=known.body,
        course=course,
        typed=deed.values,
        rows=rows_of(deed.values),
        faults=faults,
        professions=PROFESSIONS,
        locales=LOCALES,
        review=None,
    )
