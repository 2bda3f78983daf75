"""The ledger read in the order in which it was booked, however long it is: page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from services.billing.domain.rollforward import Booked

Fetch = Callable[..., Awaitable[Sequence[Any]]]
START = datetime(1, 1, 1, tzinfo=UTC)
PAGE = 1_000  # transactions
_PAGE = """
WITH page AS (
  SELECT * FROM ledger_transactions
  WHERE (booked_at, transaction_id) > ($1, $2) AND booked_at < $3
  ORDER BY booked_at, transaction_id LIMIT $4
)
SELECT p.*, coalesce(r.course_id, '') AS course_id, e.account, e.amount_minor, e.currency
FROM page p JOIN ledger_entries e USING (transaction_id)
LEFT JOIN registrations r ON r.registration_id = p.registration_id
ORDER BY p.booked_at, p.transaction_id, e.line
"""


@dataclass(frozen=True, slots=True)
class Transaction:
    """A transaction with its lines: (account, signed minor units, currency)."""

    transaction_id: str
    registration_id: str
    course_id: str
    kind: str
    ref: str
    occurred_at: datetime
    booked_at: datetime
    corrects: str | None
    lines: list[tuple[str, int, str]] = field(default_factory=list)

    @property
    def booked(self) -> Booked:
        return Booked(self.kind, self.course_id, self.lines)


async def journal(
    fetch: Fetch, since: datetime, until: datetime, *, page: int = PAGE
) -> AsyncIterator[list[Transaction]]:
    """Pages of what was booked from `since` until just before `until`.

    `fetch` runs a statement: each page is read for itself, so that nothing is held open meanwhile.
    """
    after: tuple[datetime, str] = (since, "")
    while True:
        found = list(_transactions(await fetch(_PAGE, *after, until, page)))
        if found:
            yield found
            after = (found[-1].booked_at, found[-1].transaction_id)
        if len(found) < page:
            return


def _transactions(records: Iterable[Any]) -> Iterable[Transaction]:
    for _, group in groupby(records, key=lambda record: record["transaction_id"]):
        lines = list(group)
        first = lines[0]
        yield Transaction(
            transaction_id=first["transaction_id"],
            registration_id=first["registration_id"],
            course_id=first["course_id"],
            kind=first["kind"],
            ref=first["ref"],
            occurred_at=first["occurred_at"],
            booked_at=first["booked_at"],
            corrects=first["corrects"],
            lines=[(one["account"], one["amount_minor"], one["currency"]) for one in lines],
        )
