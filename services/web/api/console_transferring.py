"""Moving a registration to another course: where to, and what becomes of seat and money, before
anything is done."""

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
from services.web.domain.person_form import proofs_in
from services.web.domain.register_form import Fault
from services.web.owners import Answer, or_none, segment

router = APIRouter(include_in_schema=False)
_PATH = "/console/registrations/{registration_id}/transfer"
_NOT_CHOSEN = Fault("course", "missing", "Choose the course.")


@router.get(_PATH)
async def ask(registration_id: str, deed: AskedDep) -> Response:
    """To which course?"""
    known = await deed.known(registration_path(registration_id))
    if known is None:
        return deed.away()
    return await _form(deed, known, {})


@router.post(_PATH)
async def transfer(registration_id: str, deed: SentDep) -> Response:
    """What it would come to; and once that was seen, the transfer."""
    path, chosen = registration_path(registration_id), deed.values.get("course", "")
    known = await deed.known(path)
    told = await deed.known(course_path(chosen)) if chosen else None
    course = told.body if told is not None and told.ok else {}
    accepted = accepting(deed, course)
    body = {
        "course_id": chosen,
        "disclosure_version": accepted.version,
        "reason": deed.values.get("reason", ""),
        **proofs_in(deed.values, course.get("prerequisites") or ()),
    }
    act = Act(f"{path}/transfer", body, (page_of(registration_id), "the registration"))
    if known is None or (chosen and told is None):
        return not_known(deed, act)

    async def form(faults: Sequence[Fault], status: int) -> Response:
        return await _form(deed, known, course, faults, status)

    async def review(told: Mapping[str, Any], faults: Sequence[Fault]) -> Response:
        return await _review(deed, known, course, told, faults)

    lacking = [*([] if chosen else [_NOT_CHOSEN])]
    lacking += [] if deed.values.get("reason") else [NO_REASON]
    if lacking and "change" not in deed.form:
        return await form(lacking, 422)
    return await through(
        deed,
        act,
        form=form,
        review=review,
        done=lambda made: page_of(str(made.body.get("registration_id")), "transferred"),
        lacking=accepted.lacking,
    )


async def _form(
    deed: Deed,
    known: Answer,
    course: Mapping[str, Any],
    faults: Sequence[Fault] = (),
    status: int = 200,
) -> Response:
    if not known.ok:
        return deed.missing()
    path = "/registration/v1/courses?state=open"
    listed = await or_none(deed.desk.all_of("registration", path))
    if listed is None or listed.refused:
        return deed.away()
    await deed.noted(str(known.body["registration_id"]))
    here = known.body["course_id"]
    # An owner of the release before, while this one is rolled out, gives all of them.
    open_ones = [one for one in listed.items if (one.get("registration") or {}).get("open")]
    open_ones.sort(key=lambda one: (str(one["starts_at"]), str(one["course_id"])))
    return deed.show(
        "registration_transfer.html",
        status,
        one=known.body,
        course=course,
        courses=[one for one in open_ones if one["course_id"] != here],
        more=listed.more,
        typed=deed.values,
        faults=faults,
        review=None,
    )


async def _review(
    deed: Deed,
    known: Answer,
    course: Mapping[str, Any],
    told: Mapping[str, Any],
    faults: Sequence[Fault],
) -> Response:
    one = segment(str(known.body["registration_id"]))
    query = f"price={told['price']['amount']}&course_id={segment(str(told['course_id']))}"
    quote = await or_none(
        deed.desk.ask("billing", f"/billing/v1/registrations/{one}/transfer-quote?{query}")
    )
    await deed.noted(str(known.body["registration_id"]))
    return deed.show(
        "registration_transfer.html",
        422 if faults else 200,
        one=known.body,
        course=course,
        review=told,
        quote=quote.body if quote is not None and quote.ok else None,
        faults=faults,
        key=new_key(),
    )
