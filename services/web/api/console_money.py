"""Money for staff: what does not agree with the gateways, disputes, and the month's books."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from fastapi import APIRouter, Request, Response

from services.web.api.common import PagesDep, key_of, see
from services.web.api.console_page import (
    DeskDep,
    MoneyDep,
    answered,
    away,
    keyed,
    once_more,
    show,
    whole_sheet,
)
from services.web.api.signed_in import Signed, TheirFormDep
from services.web.domain.month import MONTH, books_of, by_months, may_close
from services.web.domain.tables import Column, table, view_of
from services.web.owners import Away, together
from services.web.render import Pages
from services.web.staff import Desk
from shared.money import Money
from shared.runtime.edge import EdgeDep

router = APIRouter(include_in_schema=False)
FINDINGS = (
    Column("kind", "What does not agree"),
    Column("about", "About"),
    Column("amount", "Amount", number=True, money=True),
    Column("since", "Since, UTC"),
    Column("next_step", "What to do"),
    Column("cause", "Cause", hidden=True),
    Column("finding_id", "Finding", hidden=True),
    Column("currency", "Currency", hidden=True),
)


@router.get("/console/money")
async def money(
    request: Request, pages: PagesDep, signed: MoneyDep, desk: DeskDep, edge: EdgeDep
) -> Response:
    """The last comparison with its findings, open disputes, the month's roll-forward."""
    return await _money(request, pages, signed, desk, edge.now())


@router.post("/console/money/reconcile")
async def reconcile(
    form: TheirFormDep,
    request: Request,
    pages: PagesDep,
    signed: MoneyDep,
    desk: DeskDep,
    edge: EdgeDep,
) -> Response:
    """Compare now: it changes nothing but what is known."""
    place = (request, pages, signed, desk, edge.now())
    try:
        done = await desk.act("billing", "/billing/v1/reconciliation", {}, key=key_of(form))
    except Away:
        look = ("/console/money", "the last comparison")
        return once_more(request, pages, signed, "money", "billing", form, look=look)
    if not done.ok:
        said, again = done.detail or "Billing refused it.", answered(form)
        return await _money(*place, again, said, done.status)
    return see("/console/money?asked=1", personal=True)


async def _money(
    request: Request,
    pages: Pages,
    signed: Signed,
    desk: Desk,
    now: datetime,
    form: Mapping[str, str] | None = None,
    wrong: str = "",
    status: int = 200,
) -> Response:
    query = request.query_params
    asked = query.get("month", "")
    month = asked if MONTH.fullmatch(asked) else now.strftime("%Y-%m")
    path = "/billing/v1/reconciliation"
    try:
        if query.get("format") == "csv":
            every = desk.pages_of("billing", path)
            file = await whole_sheet(every, _row, FINDINGS, query, "findings", "findings")
            if isinstance(file, Response):
                return file
        found = await desk.ask("billing", f"{path}?limit=200")
    except Away:
        return away(request, pages, signed, "money", "billing")
    books, disputes = await together(
        desk.ask("billing", f"/billing/v1/books/months/{month}", timeout=10),
        desk.ask("billing", "/billing/v1/disputes?status=open&limit=200"),
    )
    rows = [_row(one) for one in found.body.get("findings") or ()]
    return show(
        request,
        pages,
        signed,
        "money",
        "money.html",
        status,
        last=found.body,
        table=table(rows, FINDINGS, view_of(query, ["month"]), bool(found.body.get("next"))),
        disputes=disputes.body.get("items") if disputes and disputes.ok else None,
        month=month,
        books=books_of(books.body) if books and books.ok else None,
        said=books.body if books and books.ok else {},
        over=bool(books and books.ok and may_close(books.body, now)),
        near=(by_months(month, -1), by_months(month, 1)),
        asked=query.get("asked") == "1",
        wrong=wrong,
        **keyed(form or {}),
    )


def _row(item: Mapping[str, Any]) -> dict[str, Any]:
    amount = item.get("amount")
    return {
        "finding_id": item["finding_id"],
        "kind": str(item["kind"]).replace("-", " ").capitalize(),
        "about": item.get("about"),
        "amount": Decimal(Money(**amount).major) if amount else None,
        "currency": amount["currency"] if amount else None,
        "money": amount,
        "cause": item.get("cause"),
        "nobodys": item.get("about") if item["kind"] == "payment-of-nobody" else None,
        "next_step": item.get("next_step"),
        "since": str(item["since"])[:16].replace("T", " "),
    }
