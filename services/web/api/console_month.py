"""Closing a month of the books, after a page that says what closing means."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, Response

from services.web.api.common import new_key
from services.web.api.console_deed import Act, Deed, MoneyAskedDep, MoneySentDep, perform
from services.web.domain.month import MONTH, books_of, may_close
from services.web.domain.register_form import Fault
from services.web.owners import Answer, or_none

router = APIRouter(include_in_schema=False)
_PATH = "/console/money/months/{month}/close"
_NOT_TYPED = Fault("typed", "missing", "Type the month, such as 2020-10.")


@router.get(_PATH)
async def ask(month: str, deed: MoneyAskedDep) -> Response:
    """How the month stands, and what closing it means."""
    return await _page(deed, month)


@router.post(_PATH)
async def close(month: str, deed: MoneySentDep) -> Response:
    """Close it, once the month was typed."""
    if not MONTH.fullmatch(month):
        return deed.missing()
    here = f"/console/money?month={month}"
    act = Act(f"{_billing(month)}/close", {}, (here, f"the books of {month}"), owner="billing")

    async def form(faults: Sequence[Fault], status: int) -> Response:
        return await _page(deed, month, faults, status)

    if deed.values.get("typed") != month and "change" not in deed.form:
        return await form([_NOT_TYPED], 422)
    return await perform(deed, act, form=form, done=lambda _: here)


def _billing(month: str) -> str:
    return f"/billing/v1/books/months/{month}"


async def _read(deed: Deed, month: str) -> Answer | None:
    return await or_none(deed.desk.ask("billing", _billing(month), timeout=10))


async def _page(
    deed: Deed, month: str, faults: Sequence[Fault] = (), status: int = 200
) -> Response:
    if not MONTH.fullmatch(month):
        return deed.missing()
    told = await _read(deed, month)
    if told is None:
        return deed.away("billing")
    if not told.ok:
        return deed.missing()
    return deed.show(
        "month_close.html",
        status,
        month=month,
        said=told.body,
        over=may_close(told.body, deed.edge.now()),
        books=books_of(told.body),
        typed=deed.values,
        faults=faults,
        key=new_key(),
    )
