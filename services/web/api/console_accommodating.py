"""What somebody needs to take part, and staff's answer to it."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, Response

from services.web.api.common import new_key
from services.web.api.console_deed import (
    Act,
    AskedDep,
    Deed,
    SentDep,
    page_of,
    perform,
    registration_path,
)
from services.web.domain.register_form import Fault

router = APIRouter(include_in_schema=False)
_PATH = "/console/registrations/{registration_id}/needs"
_NO_ANSWER = Fault("answer", "missing", "Write the answer. Nothing was sent.")


@router.get(_PATH)
async def ask(registration_id: str, deed: AskedDep) -> Response:
    """What was asked for, and what was answered before."""
    return await _page(deed, registration_id)


@router.post(_PATH)
async def answer(registration_id: str, deed: SentDep) -> Response:
    """Answer it."""

    async def form(faults: Sequence[Fault], status: int) -> Response:
        return await _page(deed, registration_id, faults, status)

    words = deed.values.get("answer", "")
    if not words:
        return await form([_NO_ANSWER], 422)
    look = (page_of(registration_id), "the registration")
    path = f"{registration_path(registration_id)}/accommodation/answer"
    act = Act(path, {"answer": words}, look)
    return await perform(deed, act, form=form, done=lambda _: page_of(registration_id, "answered"))


async def _page(
    deed: Deed, registration_id: str, faults: Sequence[Fault] = (), status: int = 200
) -> Response:
    known = await deed.known(registration_path(registration_id))
    if known is None:
        return deed.away()
    needs = known.body.get("accommodation")
    if not known.ok or not needs:
        return deed.missing()
    await deed.noted(registration_id)
    return deed.show(
        "registration_needs.html",
        status,
        one=known.body,
        needs=needs,
        typed=deed.values,
        faults=faults,
        key=new_key(),
    )
