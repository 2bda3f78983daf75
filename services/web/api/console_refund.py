"""One refund at the console: tried again, or settled where staff sent the money by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

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
from services.web.api.console_paths import page_of
from services.web.domain.money_rows import refund_row
from services.web.domain.refund_acts import (
    NO_REFERENCE,
    acts_of,
    money_moved,
    tender_of,
    with_moment,
)
from services.web.domain.register_form import Fault
from services.web.owners import Answer, or_none, segment
from shared.dates import rfc3339

router = APIRouter(include_in_schema=False)
_ONE = "/console/money/refunds/{refund_id}"


@router.get(_ONE + "/retry")
async def ask_retry(refund_id: str, deed: MoneyAskedDep) -> Response:
    """What would be sent again."""
    return _page(deed, await _read(deed, refund_id), refund_id, "retry")


@router.post(_ONE + "/retry")
async def retry(refund_id: str, deed: MoneySentDep) -> Response:
    """Try it again, the way it was paid."""
    faults = [] if deed.values.get("reason") else [NO_REASON]
    return await _done(deed, refund_id, "retry", {"reason": deed.values.get("reason", "")}, faults)


@router.get(_ONE + "/settle")
async def ask_settle(refund_id: str, deed: MoneyAskedDep) -> Response:
    """How was it sent?"""
    return _page(deed, await _read(deed, refund_id), refund_id, "settle")


@router.post(_ONE + "/settle")
async def settle(refund_id: str, deed: MoneySentDep) -> Response:
    """Say that the money was sent by hand."""
    values = deed.values
    paid_at, faults = money_moved(values, deed.edge.now(), seen=deed.sure)
    faults += [] if values.get("reference") else [NO_REFERENCE]
    faults += [] if values.get("reason") else [NO_REASON]
    body = {"tender": tender_of(values), "reference": values.get("reference", "")}
    body |= {"reason": values.get("reason", "")}
    body |= {"paid_at": rfc3339(paid_at)} if paid_at else {}
    return await _done(deed, refund_id, "settle", body, faults)


async def _done(
    deed: Deed, refund_id: str, what: str, body: Mapping[str, Any], faults: Sequence[Fault]
) -> Response:
    path = f"/billing/v1/refunds/{segment(refund_id)}/{what}"
    act = Act(path, body, (_in_the_list(refund_id), "the refund"), owner="billing")
    read = await _read(deed, refund_id)
    if read is None:
        return not_known(deed, act)
    one = _one_of(read, refund_id)

    async def form(faults: Sequence[Fault], status: int) -> Response:
        return _page(deed, read, refund_id, what, faults, status)

    async def review(told: Mapping[str, Any], _faults: Sequence[Fault]) -> Response:
        seen = replace(deed, values=with_moment(deed.values, told)) if told["paid_at"] else deed
        return _page(seen, read, refund_id, what, told=told)

    def on(_: Answer) -> str:
        if one is not None and one.get("course_id"):
            return page_of(str(one["registration_id"]), f"refund-{what}")
        return _in_the_list(refund_id)

    if faults and "change" not in deed.form:
        return await form(faults, 422)
    return await through(deed, act, form=form, review=review, done=on)


def _in_the_list(refund_id: str) -> str:
    return f"/console/money/refunds?{urlencode({'of': refund_id})}"


async def _read(deed: Deed, refund_id: str) -> Answer | None:
    """All refunds of whoever has this one; None where billing is away."""
    query = urlencode({"of": refund_id[:200], "limit": 200})
    return await or_none(deed.desk.ask("billing", f"/billing/v1/refunds?{query}"))


def _one_of(read: Answer, refund_id: str) -> Mapping[str, Any] | None:
    items = read.body.get("items") if read.ok else None
    return next((one for one in items or () if one["refund_id"] == refund_id), None)


def _page(
    deed: Deed,
    read: Answer | None,
    refund_id: str,
    what: str,
    faults: Sequence[Fault] = (),
    status: int = 200,
    *,
    told: Mapping[str, Any] | None = None,
) -> Response:
    if read is None:
        return deed.away("billing")
    one = _one_of(read, refund_id)
    if one is None:
        return deed.missing()
    return deed.show(
        f"refund_{what}.html",
        status,
        refund=one,
        row=refund_row(one, deed.edge.now()),
        open_to=acts_of(one),
        told=told,
        typed=deed.values,
        faults=faults,
        key=new_key(),
    )
