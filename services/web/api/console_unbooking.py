"""Cancelling one registration: what it would give, by the policy or as staff decide otherwise, is
shown before anything is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Response

from services.web.api.common import new_key, see
from services.web.api.console_deed import Act, AskedDep, Deed, SentDep, not_known, perform, through
from services.web.api.console_paths import page_of, registration_path
from services.web.domain.earlier import moment_in
from services.web.domain.register_form import Fault
from services.web.owners import Answer, or_none, segment
from shared.dates import rfc3339

router = APIRouter(include_in_schema=False)
_PATH = "/console/registrations/{registration_id}/cancel"
_DONE = "cancelled"
_OUTCOMES = ("refund", "credit", "nothing")
_NO_REASON = Fault("reason", "missing", "Say why, please.")
_NO_CAUSE = Fault("because", "missing", "Say why it is decided otherwise.")
_NO_EVIDENCE = Fault("evidence", "missing", "Say how that is known.")


@router.get(_PATH)
async def ask(registration_id: str, deed: AskedDep) -> Response:
    """What cancelling would give, by billing's own quote."""
    known = await deed.known(registration_path(registration_id))
    if known is None:
        return deed.away()
    return await _form(deed, known)


@router.post(_PATH)
async def cancel(registration_id: str, deed: SentDep) -> Response:
    """Cancel it, with a reason; decided otherwise, or as received earlier, once that was seen."""
    path, values = registration_path(registration_id), deed.values
    known = await deed.known(path)
    received, faults = moment_in(values, _zone(known))
    outcome = values.get("outcome", "")
    body: dict[str, Any] = {"reason": values.get("reason", "")}
    if outcome in _OUTCOMES:
        body["override"] = {"outcome": outcome, "reason": values.get("because", "")}
    if received is not None:
        body |= {"received_at": rfc3339(received), "evidence": values.get("evidence", "")}
    act = Act(f"{path}/cancel", body, (page_of(registration_id), "the registration"))
    if known is None:
        return not_known(deed, act)

    async def form(faults: Sequence[Fault], status: int) -> Response:
        return await _form(deed, known, faults, status)

    async def review(_told: Mapping[str, Any], _faults: Sequence[Fault]) -> Response:
        return await _page(deed, known, await _quote(deed, known, outcome, received), review=True)

    faults += [] if values.get("reason") else [_NO_REASON]
    faults += [_NO_CAUSE] if "override" in body and not values.get("because") else []
    faults += [_NO_EVIDENCE] if received is not None and not values.get("evidence") else []
    if faults and "change" not in deed.form:
        return await form(faults, 422)
    if len(body) == 1 and "change" not in deed.form:  # by the policy, as the form has shown it
        return await perform(deed, act, form=form, done=lambda _: page_of(registration_id, _DONE))
    return await through(
        deed, act, form=form, review=review, done=lambda _: page_of(registration_id, _DONE)
    )


def _zone(known: Answer | None) -> str:
    """The zone of the policy, by whose days it is judged."""
    policy = (known.body.get("policy") if known is not None and known.ok else None) or {}
    return str((policy.get("document") or {}).get("zone") or "UTC")


async def _quote(
    deed: Deed, known: Answer, outcome: str = "", received: datetime | None = None
) -> Answer | None:
    """What billing would give; None where it is away."""
    asked = {"override": outcome} if outcome in _OUTCOMES else {}
    asked |= {"at": rfc3339(received)} if received is not None else {}
    one = segment(str(known.body["registration_id"]))
    path = f"/billing/v1/registrations/{one}/cancellation-quote"
    return await or_none(deed.desk.ask("billing", f"{path}?{urlencode(asked)}" if asked else path))


async def _form(
    deed: Deed, known: Answer, faults: Sequence[Fault] = (), status: int = 200
) -> Response:
    if not known.ok:
        return deed.missing()
    if known.body.get("status") in ("cancelled", "transferred"):
        return see(page_of(str(known.body["registration_id"])), personal=True)
    return await _page(deed, known, await _quote(deed, known), faults, status)


async def _page(
    deed: Deed,
    known: Answer,
    quote: Answer | None,
    faults: Sequence[Fault] = (),
    status: int = 200,
    *,
    review: bool = False,
) -> Response:
    await deed.noted(str(known.body["registration_id"]))
    return deed.show(
        "registration_cancel.html",
        status,
        one=known.body,
        quote=quote.body if quote is not None and quote.ok else None,
        refused=quote.detail if quote is not None and not quote.ok else "",
        zone=_zone(known),
        typed=deed.values,
        faults=faults,
        review=review,
        key=new_key(),
    )
