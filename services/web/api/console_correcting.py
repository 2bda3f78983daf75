"""Correcting who somebody is: each field before and after is shown before anything is done."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Response

from services.web.api.common import new_key
from services.web.api.console_deed import NO_REASON, Act, AskedDep, Deed, SentDep, through
from services.web.api.console_paths import page_of, registration_path
from services.web.domain.choices import PROFESSIONS
from services.web.domain.person_form import (
    LOCALES,
    NAMES,
    correction_in,
    recorded_in,
    rows_of,
)
from services.web.domain.register_form import Fault
from services.web.owners import or_none, segment

router = APIRouter(include_in_schema=False)
_PATH = "/console/registrations/{registration_id}/correct"
_MOST = 20  # registrations of a person whose certificates are looked at
_VERSION = re.compile(r"[1-9][0-9]{0,8}")
_MEANWHILE = "Somebody corrected them meanwhile. What is recorded now stands beside what you typed."


@router.get(_PATH)
async def ask(registration_id: str, deed: AskedDep) -> Response:
    """The person as recorded, to be changed."""
    return await _form(deed, registration_id)


@router.post(_PATH)
async def correct(registration_id: str, deed: SentDep) -> Response:
    """What would change; and once that was seen, the correction."""
    only = deed.form.get("only", "").split() if deed.sure else None
    body = correction_in(deed.values, only) | {"reason": deed.values.get("reason", "")}
    body |= _seen_in(deed.values)
    path = registration_path(registration_id)
    act = Act(f"{path}/attendee", body, (page_of(registration_id), "the registration"), "PUT")

    async def form(faults: Sequence[Fault], status: int) -> Response:
        return await _form(deed, registration_id, faults, status)

    async def review(told: Mapping[str, Any], _faults: Sequence[Fault]) -> Response:
        return await _review(deed, registration_id, told)

    if not deed.values.get("reason"):
        return await form([NO_REASON], 422)
    return await through(
        deed, act, form=form, review=review, done=lambda _: page_of(registration_id, "corrected")
    )


def _seen_in(values: Mapping[str, str]) -> dict[str, int]:
    """The version of the person that the form was filled in over."""
    version = values.get("version", "")
    return {"version": int(version)} if _VERSION.fullmatch(version) else {}


async def _form(
    deed: Deed, registration_id: str, faults: Sequence[Fault] = (), status: int = 200
) -> Response:
    known = await deed.known(registration_path(registration_id))
    if known is None:
        return deed.away()
    attendee = known.body.get("attendee")
    if not known.ok or not attendee:
        return deed.missing()
    await deed.noted(registration_id)
    recorded = recorded_in(attendee)
    typed = dict(deed.values) or recorded
    return deed.show(
        "person_correct.html",
        status,
        one=known.body,
        recorded=recorded,
        typed=typed,
        rows=rows_of(typed),
        faults=faults,
        professions=PROFESSIONS,
        locales=LOCALES,
        review=None,
    )


async def _review(deed: Deed, registration_id: str, told: Mapping[str, Any]) -> Response:
    known = await deed.known(registration_path(registration_id))
    if known is None:
        return deed.away()
    if not known.ok or not known.body.get("attendee"):
        return deed.missing()
    if str(known.body["attendee"].get("version")) != deed.values.get("version"):
        return await _form(deed, registration_id, [Fault("", "owner", _MEANWHILE)], 409)
    if not told.get("changes"):
        said = "Everything is recorded like this already. Nothing would change."
        return await _form(deed, registration_id, [Fault("", "owner", said)], 422)
    person = str(told.get("person_id"))
    theirs = await deed.known(f"/registration/v1/people/{segment(person)}")
    others = list(theirs.body.get("registrations") or ()) if theirs and theirs.ok else None
    await deed.noted(registration_id)
    return deed.show(
        "person_correct.html",
        one=known.body,
        review=told,
        names=NAMES,
        others=others,
        issued=await _issued(deed, others or [known.body]),
        key=new_key(),
    )


async def _issued(
    deed: Deed, registrations: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]] | None:
    """Their certificates that hold; None where certificates does not say."""
    ids = [segment(str(one["registration_id"])) for one in registrations[:_MOST]]
    answers = await asyncio.gather(
        *(
            or_none(deed.desk.ask("certificates", f"/certificates/v1/registrations/{one}"))
            for one in ids
        )
    )
    if any(one is None for one in answers):
        return None
    return [
        issued
        for one in answers
        if one is not None and one.ok
        for issued in one.body.get("certificates") or ()
        if issued.get("status") == "valid"
    ]
