"""An evaluation that closed, or closes too early for somebody, is taken for longer."""

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
    not_known,
    perform,
)
from services.web.api.console_paths import page_of, registration_path
from services.web.domain.earlier import end_of
from services.web.domain.register_form import Fault
from services.web.owners import or_none, segment
from shared.dates import rfc3339

router = APIRouter(include_in_schema=False)
_PATH = "/console/registrations/{registration_id}/evaluation"


def reopenable(said: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """The evaluation that somebody is asked for and has not handed in."""
    evaluation = (said or {}).get("evaluation")
    return evaluation if evaluation and not evaluation.get("submitted_at") else None


@router.get(_PATH)
async def ask(registration_id: str, deed: AskedDep) -> Response:
    """Until when it is taken now."""
    return await _page(deed, registration_id)


@router.post(_PATH)
async def reopen(registration_id: str, deed: SentDep) -> Response:
    """Take it for longer."""

    async def form(faults: Sequence[Fault], status: int) -> Response:
        return await _page(deed, registration_id, faults, status)

    look = (page_of(registration_id), "the registration")
    path = f"/certificates/v1/registrations/{segment(registration_id)}/evaluation/reopen"
    known = await deed.known(registration_path(registration_id))
    if known is None:  # by whose zone the day ends; sent before, certificates may have done it
        return not_known(deed, Act(path, {}, look))
    reason = deed.values.get("reason", "")
    until, faults = end_of(deed.values, zone_in(known.body), "until")
    faults += [] if reason else [NO_REASON]
    if faults or until is None:
        return await form(faults, 422)
    act = Act(path, {"until": rfc3339(until), "reason": reason}, look, owner="certificates")
    return await perform(deed, act, form=form, done=lambda _: page_of(registration_id, "reopened"))


def zone_in(one: Mapping[str, Any]) -> str:
    """The zone of whoever comes, by whose clocks a day ends for them."""
    return str((one.get("attendee") or {}).get("zone") or "UTC")


async def _page(
    deed: Deed, registration_id: str, faults: Sequence[Fault] = (), status: int = 200
) -> Response:
    known = await deed.known(registration_path(registration_id))
    if known is None:
        return deed.away()
    if not known.ok:
        return deed.missing()
    path = f"/certificates/v1/registrations/{segment(registration_id)}"
    told = await or_none(deed.desk.ask("certificates", path))
    if told is None:
        return deed.away("certificates")
    evaluation = reopenable(told.body) if told.ok else None
    if evaluation is None:
        return deed.missing()
    await deed.noted(registration_id)
    return deed.show(
        "evaluation_reopen.html",
        status,
        one=known.body,
        evaluation=evaluation,
        zone=zone_in(known.body),
        now=deed.edge.now(),
        typed=deed.values,
        faults=faults,
        key=new_key(),
    )
