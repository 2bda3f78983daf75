"""A payment that belongs to no invoice here, as a comparison found it: it is given back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Response

from services.web.api.common import new_key
from services.web.api.console_deed import (
    NO_REASON,
    Act,
    Deed,
    MoneyAskedDep,
    MoneySentDep,
    through,
)
from services.web.domain.register_form import Fault
from services.web.owners import segment

router = APIRouter(include_in_schema=False)
_PATH = "/console/money/payments/{payment_id}/give-back"


@router.get(_PATH)
async def ask(payment_id: str, deed: MoneyAskedDep) -> Response:
    """Whether it is nobody's, billing says once it is asked what would go back."""
    return _page(deed, payment_id)


@router.post(_PATH)
async def give_back(payment_id: str, deed: MoneySentDep) -> Response:
    """What would go back; and once that was seen, the refund."""
    reason = deed.values.get("reason", "")
    path = f"/billing/v1/payments/{segment(payment_id)}/give-back"
    look = (f"/console/money/refunds?of={segment(payment_id)}", "refunds of that payment")
    act = Act(path, {"reason": reason}, look, owner="billing")

    async def form(faults: Sequence[Fault], status: int) -> Response:
        return _page(deed, payment_id, faults, status)

    async def review(told: Mapping[str, Any], _faults: Sequence[Fault]) -> Response:
        return _page(deed, payment_id, told=told)

    if not reason and "change" not in deed.form:
        return await form([NO_REASON], 422)
    return await through(deed, act, form=form, review=review, done=lambda _: "/console/money")


def _page(
    deed: Deed,
    payment_id: str,
    faults: Sequence[Fault] = (),
    status: int = 200,
    *,
    told: Mapping[str, Any] | None = None,
) -> Response:
    return deed.show(
        "payment_give_back.html",
        status,
        payment_id=payment_id[:200],
        told=told,
        typed=deed.values,
        faults=faults,
        key=new_key(),
    )
