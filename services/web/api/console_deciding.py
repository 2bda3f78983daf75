"""What a cancellation comes to, as staff decide it: where the policy leaves it open, or otherwise
than it did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Response

from services.web.api.console_deed import (
    NO_REASON,
    Act,
    MoneyAskedDep,
    MoneySentDep,
    not_known,
    through,
)
from services.web.api.console_goodwill import page, theirs
from services.web.api.console_paths import billing_path, page_of
from services.web.domain.register_form import Fault

router = APIRouter(include_in_schema=False)
_PATH = "/console/registrations/{registration_id}/decide"
_TEMPLATE = "registration_decide.html"
_OUTCOMES = ("refund", "credit", "nothing")
_NOT_CHOSEN = Fault("outcome", "missing", "Choose what it comes to.")


@router.get(_PATH)
async def ask(registration_id: str, deed: MoneyAskedDep) -> Response:
    """What it came to so far, and what it is to come to."""
    return await page(deed, await theirs(deed, registration_id), _TEMPLATE)


@router.post(_PATH)
async def decide(registration_id: str, deed: MoneySentDep) -> Response:
    """What that would give; and once that was seen, the decision."""
    known = await theirs(deed, registration_id)
    outcome, reason = deed.values.get("outcome", ""), deed.values.get("reason", "")
    body = {"outcome": outcome, "reason": reason}
    look = (page_of(registration_id), "the registration")
    act = Act(f"{billing_path(registration_id)}/decision", body, look, owner="billing")
    if known.away:
        return not_known(deed, act)

    async def form(faults: Sequence[Fault], status: int) -> Response:
        return await page(deed, known, _TEMPLATE, faults, status)

    async def review(told: Mapping[str, Any], _faults: Sequence[Fault]) -> Response:
        return await page(deed, known, _TEMPLATE, told=told)

    faults = [] if outcome in _OUTCOMES else [_NOT_CHOSEN]
    faults += [] if reason else [NO_REASON]
    if faults and "change" not in deed.form:
        return await form(faults, 422)
    done = page_of(registration_id, "decided")
    return await through(deed, act, form=form, review=review, done=lambda _: done)
