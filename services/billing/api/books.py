"""Months: roll-forward, closing, corrections, export."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from services.billing.api.book_answers import MonthBody, month_body
from services.billing.api.export import Span, as_beancount, as_csv
from services.billing.api.sheets import CSV, attached
from services.billing.commands.close_month import CloseMonth, close_month
from services.billing.commands.correct import Reverse, Reversed, reverse
from services.billing.commands.month_books import Books, read_books
from shared.dates import day_of
from shared.errors import Invalid
from shared.runtime.asking import OperatorDep, PathId
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep, ReaderDep, RequiredOnce
from shared.runtime.problems import problems

router = APIRouter(tags=["books"], route_class=Direct)
Day = Annotated[date | None, Query(description="A day of the books, included")]


class ReasonBody(BaseModel):
    reason: Annotated[str, Field(min_length=1, max_length=2_000)]


class ReversedBody(BaseModel):
    """The correction, and the transaction that it takes back."""

    transaction_id: str
    corrects: str
    registration_id: str


async def books_zone_of(request: Request) -> str:
    """FastAPI dependency: where the days and months of the books begin."""
    zone: str = request.app.state.books_zone
    return zone


ZoneDep = Annotated[str, Depends(books_zone_of)]


@router.get(
    "/billing/v1/books/months/{month}",
    response_model=MonthBody,
    responses=problems(401, 403, 422),
)
async def show_month(month: PathId, _caller: OperatorDep, reader: ReaderDep, zone: ZoneDep) -> Any:
    """How every account came from its opening to its closing balance in a month, such as 2020-10:
    credit liability, deferred revenue by course, what is receivable, breakage, forfeits, fees.

    As it was closed; or, while it is open, as it stands by now.
    """
    return month_body(await read_books(reader.fetch, month, zone))


@router.post(
    "/billing/v1/books/months/{month}/close",
    response_model=MonthBody,
    responses=problems(401, 403, 409, 422),
)
async def close(
    month: PathId, caller: OperatorDep, edge: EdgeDep, zone: ZoneDep, once: RequiredOnce
) -> Response:
    """Keep a month's roll-forward, and let nothing be booked in it any more.

    409 `month-not-over` until an hour after its end, `month-closed`, `earlier-month-open`.
    """
    return await edge.run(
        close_month, CloseMonth(month, zone, caller.name), once=once, answer=_closed
    )


@router.post(
    "/billing/v1/ledger/transactions/{transaction_id}/reverse",
    status_code=201,
    response_model=ReversedBody,
    responses=problems(401, 403, 404, 409),
)
async def reverse_transaction(
    transaction_id: PathId,
    body: ReasonBody,
    _caller: OperatorDep,
    edge: EdgeDep,
    once: RequiredOnce,
) -> Response:
    """Take a transaction back by its mirror, booked now, that points to it.

    409 `not-reversible` where more than an entry stands on it, `already-reversed`.
    """
    return await edge.run(
        reverse, Reverse(transaction_id, body.reason), once=once, answer=_reversed
    )


@router.get(
    "/billing/v1/books/export",
    response_class=Response,
    responses={
        200: {"content": CSV | {"text/plain": {"schema": {"type": "string"}}}},
        **problems(401, 403, 422),
    },
)
async def export(
    _caller: OperatorDep,
    reader: ReaderDep,
    edge: EdgeDep,
    zone: ZoneDep,
    first: Annotated[Day, Query(alias="from")] = None,
    last: Annotated[Day, Query(alias="to")] = None,
    format_: Annotated[Literal["csv", "beancount"], Query(alias="format")] = "csv",
) -> Response:
    """Every entry of these days (without them: of all until today), in the order of booking."""
    span = Span(first, last or day_of(edge.now(), zone), zone)
    if not date(1900, 1, 2) <= (first or span.last) <= span.last <= date(9000, 12, 31):
        raise Invalid("days-invalid", "The first day comes before the last, from 1900 to 9000.")
    if format_ == "csv":
        named = attached("ledger")
        return StreamingResponse(as_csv(reader, span), media_type="text/csv", headers=named)
    return StreamingResponse(as_beancount(reader, span), media_type="text/plain")


def _closed(books: Books) -> tuple[int, Any]:
    return 200, month_body(books)


def _reversed(done: Reversed) -> tuple[int, Any]:
    return 201, {
        "transaction_id": done.transaction_id,
        "corrects": done.corrects,
        "registration_id": done.registration_id,
    }
