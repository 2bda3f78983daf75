"""What somebody wrote to staff, and staff's answer: what they need to take part, or a complaint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Response

from services.web.api.common import new_key
from services.web.api.console_deed import Act, AskedDep, Deed, SentDep, perform
from services.web.api.console_paths import page_of, registration_path
from services.web.domain.register_form import Fault

router = APIRouter(include_in_schema=False)
_NEEDS_PATH = "/console/registrations/{registration_id}/needs"
_COMPLAINTS_PATH = "/console/registrations/{registration_id}/complaints"
_NO_ANSWER = Fault("answer", "missing", "Write the answer.")


@dataclass(frozen=True)
class _Written:
    """Where it stands at the registration, what shows it, where it is answered, and what is said
    then."""

    at: str
    template: str
    answered_at: str
    done: str


_NEEDS = _Written("accommodation", "registration_needs.html", "accommodation/answer", "answered")
_COMPLAINTS = _Written(
    "complaints", "registration_complaints.html", "complaints/answer", "complaint-answered"
)


@router.get(_NEEDS_PATH)
async def ask_about_needs(registration_id: str, deed: AskedDep) -> Response:
    """What was asked for, and what was answered before."""
    return await _page(_NEEDS, deed, registration_id)


@router.post(_NEEDS_PATH)
async def answer_needs(registration_id: str, deed: SentDep) -> Response:
    """Answer it."""
    return await _answer(_NEEDS, deed, registration_id)


@router.get(_COMPLAINTS_PATH)
async def ask_about_complaints(registration_id: str, deed: AskedDep) -> Response:
    """What was complained of, by when an answer is promised, and what was answered before."""
    return await _page(_COMPLAINTS, deed, registration_id)


@router.post(_COMPLAINTS_PATH)
async def answer_complaints(registration_id: str, deed: SentDep) -> Response:
    """Answer all that is unanswered."""
    return await _answer(_COMPLAINTS, deed, registration_id)


async def _answer(what: _Written, deed: Deed, registration_id: str) -> Response:
    async def form(faults: Sequence[Fault], status: int) -> Response:
        return await _page(what, deed, registration_id, faults, status)

    words = deed.values.get("answer", "")
    if not words:
        return await form([_NO_ANSWER], 422)
    look = (page_of(registration_id), "the registration")
    body: dict[str, Any] = {"answer": words}
    if deed.values.get("complaint_number", "").isdecimal():  # the last of theirs that was shown
        body["to"] = int(deed.values["complaint_number"])
    act = Act(f"{registration_path(registration_id)}/{what.answered_at}", body, look)

    def done(_: Any) -> str:
        return page_of(registration_id, what.done)

    return await perform(deed, act, form=form, done=done)


async def _page(
    what: _Written,
    deed: Deed,
    registration_id: str,
    faults: Sequence[Fault] = (),
    status: int = 200,
) -> Response:
    known = await deed.known(registration_path(registration_id))
    if known is None:
        return deed.away()
    written = known.body.get(what.at)
    if not known.ok or not written:
        return deed.missing()
    await deed.noted(registration_id)
    return deed.show(
        what.template,
        status,
        one=known.body,
        written=written,
        typed=deed.values,
        faults=faults,
        key=new_key(),
    )
