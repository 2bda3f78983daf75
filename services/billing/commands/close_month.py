"""Closing a month of the books: its roll-forward is kept, and nothing is booked in it any more.

Everything is booked at the time at which it is written down, so what comes late is in the month in
which it comes. Whoever books holds the lock of the books together with others (a trigger takes it),
whoever closes alone: what is being booked in the month is waited for, and counted.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.billing.commands.month_books import Books, last_closed, read_books
from services.billing.domain.months import SETTLES, month_of
from services.billing.domain.rollforward import digest
from services.billing.models import ClosedMonth, MonthClosing
from shared.dates import rfc3339
from shared.errors import Conflict
from shared.runtime.plans import alone, needs
from shared.runtime.work import Work

_LOCK = "SELECT pg_advisory_xact_lock(4242003)"
_COUNT = "SELECT count(*) FROM ledger_transactions WHERE booked_at >= $1 AND booked_at < $2"


@dataclass(frozen=True, slots=True)
class CloseMonth:
    """`zone` is where the books' days begin."""

    month: str
    zone: str
    staff: str


@alone
@needs(lambda _wanted: [])
async def close_month(work: Work, wanted: CloseMonth) -> Books:
    """Keep the month's roll-forward. Refuses a month that is not over, or not the next."""
    month = month_of(wanted.month, wanted.zone)
    if work.now < month.ends_at + SETTLES:
        raise Conflict("month-not-over", f"{wanted.month} can be closed an hour after its end.")
    books = await read_books(work.con.fetch, wanted.month, wanted.zone)
    await work.con.execute(_LOCK)
    last = await last_closed(work.con.fetch, "true")
    if last is not None and last.month >= wanted.month:
        raise Conflict("month-closed", f"The books are closed up to {last.month}.")
    if await work.con.fetchval(_COUNT, books.month.starts_at, month.ends_at) != books.counted:
        books = await read_books(work.con.fetch, wanted.month, wanted.zone)
    if books.left_before:
        raise Conflict("earlier-month-open", "Something was booked before it; close that first.")
    closed = ClosedMonth(
        month=wanted.month,
        zone=wanted.zone,
        ends_at=month.ends_at,
        closed_at=work.now,
        closed_by=wanted.staff,
        sha256=digest(
            wanted.month,
            rfc3339(month.ends_at),
            books.before.sha256 if books.before else "",
            books.rows,
        ),
    )
    work.put(closed)
    for place, amount in books.rows:
        work.put(
            MonthClosing(
                month=wanted.month,
                currency=place.currency,
                account=place.account,
                course_id=place.course_id,
                movement=place.movement,
                amount_minor=amount,
            )
        )
    work.audit("month.closed", wanted.month)
    return Books(books.month, books.rows, closed, books.before, books.counted)
