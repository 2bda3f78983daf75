"""A month's roll-forward: as it was closed, or as the ledger has it by now."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime

from services.billing.commands.journal import START, Fetch, journal
from services.billing.domain.months import Month, is_next, month_of
from services.billing.domain.rollforward import (
    CLOSING,
    Place,
    Rows,
    closings,
    moved,
    natural,
    openings_after,
    roll_forward,
)
from services.billing.models import ClosedMonth

_CLOSED = "SELECT * FROM closed_months WHERE {} ORDER BY ends_at DESC LIMIT 1"
_KEPT = "SELECT * FROM month_closings WHERE month = $1"
_BALANCES = """
SELECT e.account, e.currency, sum(e.amount_minor)::bigint AS amount
FROM ledger_transactions t JOIN ledger_entries e USING (transaction_id)
WHERE t.booked_at >= $1 AND t.booked_at < $2 GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Books:
    """A month and its lines; `closed` once it is. `counted` transactions are in it.

    `before` is the month closed last before it; `left_before` says that something was booked since
    then that came before this one.
    """

    month: Month
    rows: Rows
    closed: ClosedMonth | None = None
    before: ClosedMonth | None = None
    counted: int = 0
    left_before: bool = False


async def read_books(fetch: Fetch, name: str, zone: str) -> Books:
    """The books of that month, which begins where the one before it was closed, whichever zone the
    books were kept in then: else what lies between the two zones' days could never be closed."""
    month = month_of(name, zone)
    closed = await last_closed(fetch, "month = $1", name)
    if closed is not None:
        whole = Month(name, closed.zone, month_of(name, closed.zone).starts_at, closed.ends_at)
        return Books(whole, await _kept(fetch, name), closed)
    before = await last_closed(fetch, "month < $1", name)
    since = before.ends_at if before else START
    if before and is_next(name, before.month):
        month = replace(month, starts_at=since)
    openings = openings_after(await _kept(fetch, before.month)) if before else {}
    earlier, count = await _moved(fetch, since, month.starts_at)
    movements, counted = await _moved(fetch, max(since, month.starts_at), month.ends_at)
    rows = roll_forward(closings(openings, earlier), movements)
    return Books(month, rows, None, before, counted, left_before=count > 0)


async def balances_before(fetch: Fetch, instant: datetime) -> dict[tuple[str, str], int]:
    """What stood on each account then: (account, currency) → signed minor units."""
    closed = await last_closed(fetch, "ends_at <= $1", instant)
    sums: Counter[tuple[str, str]] = Counter()
    for place, amount in await _kept(fetch, closed.month) if closed else []:
        if place.movement == CLOSING:
            sums[place.account, place.currency] += natural(place.account, amount)
    since = closed.ends_at if closed else START
    for row in await fetch(_BALANCES, since, instant):
        sums[row["account"], row["currency"]] += row["amount"]
    return dict(sums)


async def last_closed(fetch: Fetch, where: str, *values: object) -> ClosedMonth | None:
    """The last of the closed months of which that is so."""
    found = await fetch(_CLOSED.format(where), *values)
    return ClosedMonth(**dict(found[0])) if found else None


async def _kept(fetch: Fetch, name: str) -> Rows:
    found = await fetch(_KEPT, name)
    return sorted(
        (
            Place(row["currency"], row["account"], row["course_id"], row["movement"]),
            row["amount_minor"],
        )
        for row in found
    )


async def _moved(fetch: Fetch, since: datetime, until: datetime) -> tuple[Counter[Place], int]:
    sums: Counter[Place] = Counter()
    count = 0
    async for page in journal(fetch, since, until):
        sums.update(moved(transaction.booked for transaction in page))
        count += len(page)
    return sums, count
