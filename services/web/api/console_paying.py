"""A payment that came by a bank, or in cash: staff say so, for an invoice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Response

from services.web.api.common import new_key
from services.web.api.console_deed import (
    Act,
    Deed,
    MoneyAskedDep,
    MoneySentDep,
    not_known,
    through,
)
from services.web.domain.invoiced import Invoiced, invoiced_in
from services.web.domain.refund_acts import NO_REFERENCE, money_moved, tender_of, with_moment
from services.web.domain.register_form import Fault
from services.web.domain.typed_amount import amount_in
from services.web.owners import or_none, segment
from shared.dates import rfc3339

router = APIRouter(include_in_schema=False)
_PATH = "/console/money/invoices/{invoice_id}/payments"


@router.get(_PATH)
async def ask(invoice_id: str, deed: MoneyAskedDep) -> Response:
    """How much came, and by what reference?"""
    return _page(deed, await _invoice(deed, invoice_id))


@router.post(_PATH)
async def receive(invoice_id: str, deed: MoneySentDep) -> Response:
    """What it would pay; and once that was seen, the payment. Said twice with one reference, it
    came once."""
    values = deed.values
    invoice = await _invoice(deed, invoice_id)
    amount, faults = amount_in(
        values.get("amount", ""), invoice.to_pay.currency if invoice else "USD"
    )
    received_at, odd = money_moved(values, deed.edge.now(), "came_on", seen=deed.sure)
    faults += odd
    faults += [] if values.get("reference") else [NO_REFERENCE]
    body = {
        "amount": amount.as_json() if amount else None,
        "tender": tender_of(values),
        "reference": values.get("reference", ""),
    }
    body |= {"received_at": rfc3339(received_at)} if received_at else {}
    path = f"/billing/v1/invoices/{segment(invoice_id)}/payments"
    act = Act(path, body, (_in_the_list(invoice_id), "the invoice"), owner="billing")
    if invoice is None:
        return not_known(deed, act)

    async def form(faults: Sequence[Fault], status: int) -> Response:
        return _page(deed, invoice, faults, status)

    async def review(told: Mapping[str, Any], _faults: Sequence[Fault]) -> Response:
        seen = replace(deed, values=with_moment(values, told))
        return _page(seen, invoice, told=told)

    if faults and "change" not in deed.form:
        return await form(faults, 422)
    done = _in_the_list(invoice_id)
    return await through(deed, act, form=form, review=review, done=lambda _: done)


def _in_the_list(invoice_id: str) -> str:
    return f"/console/money/invoices?{urlencode({'of': invoice_id})}"


async def _invoice(deed: Deed, invoice_id: str) -> Invoiced | None:
    """The invoice, of all registrations that it is for; None where billing is away."""
    path = f"/billing/v1/invoices?{urlencode({'of': invoice_id[:200]})}"
    listed = await or_none(deed.desk.all_of("billing", path, most=None))
    return None if listed is None else invoiced_in(listed.items, invoice_id)


def _page(
    deed: Deed,
    invoice: Invoiced | None,
    faults: Sequence[Fault] = (),
    status: int = 200,
    *,
    told: Mapping[str, Any] | None = None,
) -> Response:
    if invoice is None:
        return deed.away("billing")
    if not invoice.number:
        return deed.missing()
    return deed.show(
        "payment_record.html",
        status,
        invoice=invoice,
        told=told,
        typed=deed.values,
        faults=faults,
        key=new_key(),
    )
