"""Goodwill for one registration: money back beyond the policy, or a credit; the amount is shown
again, with what is left, before anything is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Response

from services.web.api.common import new_key
from services.web.api.console_deed import (
    NO_REASON,
    Act,
    Deed,
    MoneyAskedDep,
    MoneySentDep,
    not_known,
    through,
)
from services.web.api.console_paths import billing_path, page_of, registration_path
from services.web.domain.register_form import Fault
from services.web.domain.typed_amount import amount_in
from services.web.owners import Answer, together
from shared.dates import parse_day
from shared.errors import Invalid

router = APIRouter(include_in_schema=False)
_ONE = "/console/registrations/{registration_id}"
_NO_DAY = Fault("until", "no-day", "Say the day, written 2027-10-19; or leave it empty.")


@dataclass(frozen=True, slots=True)
class Theirs:
    """A registration, and what billing says of its money; None for an owner that is away."""

    registration: Answer | None
    bill: Answer | None

    @property
    def away(self) -> str:
        """The owner that is away, if one is."""
        if self.registration is None:
            return "registration"
        return "billing" if self.bill is None else ""

    @property
    def currency(self) -> str:
        """What it was paid in, else its price; empty where neither says."""
        said = [(self.bill.body if self.bill else {}).get("paid")]
        said += [(self.registration.body if self.registration else {}).get("price")]
        return next((str(one["currency"]) for one in said if one), "")


async def theirs(deed: Deed, registration_id: str) -> Theirs:
    """Both owners, asked at once."""
    ours, bill = await together(
        deed.desk.ask("registration", registration_path(registration_id)),
        deed.desk.ask("billing", billing_path(registration_id)),
    )
    return Theirs(ours, bill)


@router.get(_ONE + "/refund")
async def ask_refund(registration_id: str, deed: MoneyAskedDep) -> Response:
    """How much goes back, and why?"""
    known = await theirs(deed, registration_id)
    return await page(deed, known, "registration_refund.html")


@router.post(_ONE + "/refund")
async def refund(registration_id: str, deed: MoneySentDep) -> Response:
    """How it would go back; and once that was seen, the refund."""
    return await _given(deed, registration_id, "refund", {}, [])


@router.get(_ONE + "/credit")
async def ask_credit(registration_id: str, deed: MoneyAskedDep) -> Response:
    """A credit of how much, until when, and why?"""
    known = await theirs(deed, registration_id)
    return await page(deed, known, "registration_credit.html")


@router.post(_ONE + "/credit")
async def credit(registration_id: str, deed: MoneySentDep) -> Response:
    """Whom it would be for, and until when; and once that was seen, the credit."""
    until = deed.values.get("until", "")
    faults = []
    if until:
        try:
            parse_day(until)
        except Invalid:
            faults = [_NO_DAY]
    more = {"expires_on": until} if until else {}
    return await _given(deed, registration_id, "credit", more, faults)


async def _given(
    deed: Deed, registration_id: str, what: str, more: Mapping[str, Any], odd: list[Fault]
) -> Response:
    known = await theirs(deed, registration_id)
    template = f"registration_{what}.html"
    amount, faults = amount_in(deed.values.get("amount", ""), known.currency or "USD")
    faults += odd
    faults += [] if deed.values.get("reason") else [NO_REASON]
    worth, reason = amount.as_json() if amount else None, deed.values.get("reason")
    body = {"amount": worth, "reason": reason, **more}
    path = f"{billing_path(registration_id)}/{what}s"
    look = (page_of(registration_id), "the registration")
    act = Act(path, body, look, owner="billing")
    if known.away:
        return not_known(deed, act)

    async def form(faults: Sequence[Fault], status: int) -> Response:
        return await page(deed, known, template, faults, status)

    async def review(told: Mapping[str, Any], _faults: Sequence[Fault]) -> Response:
        return await page(deed, known, template, told=told)

    if faults and "change" not in deed.form:
        return await form(faults, 422)
    done = page_of(registration_id, f"goodwill-{what}")
    return await through(deed, act, form=form, review=review, done=lambda _: done)


async def page(
    deed: Deed,
    known: Theirs,
    template: str,
    faults: Sequence[Fault] = (),
    status: int = 200,
    *,
    told: Mapping[str, Any] | None = None,
    **shown: Any,
) -> Response:
    """About the money of one registration: the form, or with `told` what it would come to."""
    if known.away or known.registration is None or known.bill is None:
        return deed.away(known.away)
    if not known.registration.ok or not known.bill.ok:
        return deed.missing()
    await deed.noted(str(known.registration.body["registration_id"]))
    return deed.show(
        template,
        status,
        one=known.registration.body,
        bill=known.bill.body,
        currency=known.currency,
        told=told,
        typed=deed.values,
        faults=faults,
        key=new_key(),
        **shown,
    )
