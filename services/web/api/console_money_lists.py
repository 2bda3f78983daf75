"""Invoices, refunds and credits for staff: narrowed by billing, whole as CSV; and documents."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from services.web.api.common import PagesDep
from services.web.api.console_deliveries import moment_of
from services.web.api.console_page import Choices, DeskDep, MoneyDep, away, note, show, whole_sheet
from services.web.api.missing import missing
from services.web.api.signed_in import Signed
from services.web.domain.money_lists import LISTS, MoneyList
from services.web.domain.money_rows import sums_of
from services.web.domain.tables import found, table, view_of
from services.web.owners import Away, segment
from services.web.render import PERSONAL, Pages
from services.web.staff import Desk, Listed
from shared.runtime.edge import EdgeDep

router = APIRouter(include_in_schema=False)
MOST = 1_000  # rows of a page's table; the file has all of them
_WHERE = ("state", "course", "of", "from", "until")  # what billing searches by
_NOTE = re.compile(r"(CN-[0-9]{4}-[0-9]+)\.pdf")
_FILE = PERSONAL | {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}


@router.get("/console/money/invoices")
async def invoices(
    request: Request, pages: PagesDep, signed: MoneyDep, desk: DeskDep, edge: EdgeDep
) -> Response:
    """What is asked for: open, paid, withdrawn; a row a registration."""
    return await _list(request, pages, signed, desk, LISTS["invoices"], edge.now())


@router.get("/console/money/refunds")
async def refunds(
    request: Request, pages: PagesDep, signed: MoneyDep, desk: DeskDep, edge: EdgeDep
) -> Response:
    """What goes back, by how far it is."""
    return await _list(request, pages, signed, desk, LISTS["refunds"], edge.now())


@router.get("/console/money/credits")
async def credits_(
    request: Request, pages: PagesDep, signed: MoneyDep, desk: DeskDep, edge: EdgeDep
) -> Response:
    """What learners and organisations may still spend, and what they may not any more."""
    return await _list(request, pages, signed, desk, LISTS["credits"], edge.now())


@router.get("/console/money/papers/{registration_id}/{name}")
async def paper(
    registration_id: str,
    name: str,
    request: Request,
    pages: PagesDep,
    signed: MoneyDep,
    desk: DeskDep,
    edge: EdgeDep,
) -> Response:
    """An invoice or a credit note as its payer has it, which names them: that it was looked at is
    kept."""
    noted = _NOTE.fullmatch(name)
    if name != "invoice.pdf" and noted is None:
        return missing(request, pages)
    place = f"credit-notes/{noted[0]}" if noted else name
    path = f"/billing/v1/registrations/{segment(registration_id)}/{place}"
    try:
        file = await desk.file("billing", path)
    except Away:
        return away(request, pages, signed, "money", "billing")
    if file is None:
        return missing(request, pages)
    await note(edge, "console.paper-read", f"{registration_id} {name}")
    disposition = {"Content-Disposition": f'inline; filename="{name}"'}
    return Response(file, media_type="application/pdf", headers=_FILE | disposition)


async def _list(
    request: Request, pages: Pages, signed: Signed, desk: Desk, of: MoneyList, now: datetime
) -> Response:
    """The newest first; narrowed by billing, found by words and sorted here."""
    query = request.query_params
    asked, wrong = _search(of, query)
    path = f"{of.path}?{asked}" if asked else of.path
    row_of = partial(_row_of, of, now)
    listed = Listed((), more=False)
    try:
        if query.get("format") == "csv" and not wrong:
            file = await whole_sheet(
                desk.pages_of("billing", path), row_of, of.columns, query, of.name
            )
            if isinstance(file, Response):
                return file
            listed = Listed((), more=False, refused=file)
        elif not wrong:
            listed = await desk.all_of("billing", path, most=MOST)
    except Away:
        return away(request, pages, signed, "money", "billing")
    if listed.refused is not None:
        wrong = listed.refused.detail or "That cannot be searched for."
    rows = [row_of(item) for item in listed.items]
    view = view_of(query, _WHERE)
    sums = sums_of(found(rows, of.columns, view), of.summed)
    return show(
        request,
        pages,
        signed,
        "money",
        "money_list.html",
        422 if wrong else 200,
        of=of,
        table=table(rows, of.columns, view, listed.more),
        sums=[] if listed.more else sums,
        states=Choices("state", "State", query.get("state", ""), _states(of)),
        query=query,
        wrong=wrong,
    )


def _row_of(of: MoneyList, now: datetime, item: Mapping[str, Any]) -> dict[str, Any]:
    return of.row_of(item, now)


def _states(of: MoneyList) -> list[tuple[str, str]]:
    return [("", "every"), *((one, one) for one in of.states)]


def _search(of: MoneyList, query: Mapping[str, str]) -> tuple[str, str]:
    """What billing is asked; and what is wrong with that, if anything is."""
    said = {"course_id": query.get("course", "").strip(), "of": query.get("of", "").strip()}
    said["status"] = query.get("state", "") if query.get("state") in of.states else ""
    wrong = ""
    for name in ("from", "until"):
        moment = moment_of(query.get(name, ""))
        if moment is None:
            wrong = "A moment reads like 2026-11-30 or 2026-11-30 14:05, in UTC."
        said[name] = moment or ""
    return urlencode([(name, value[:200]) for name, value in said.items() if value]), wrong
