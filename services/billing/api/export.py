"""The ledger as files that others read, written while it is read: no more than a page in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from services.billing.api.sheets import Number, rows_of
from services.billing.commands.journal import START, Transaction, journal
from services.billing.commands.month_books import balances_before
from services.billing.domain import beancount
from services.billing.domain.rollforward import OPENING
from shared.dates import day_of, rfc3339, start_of_day
from shared.money import Money
from shared.runtime.database import Reader

_COLUMNS = (
    "transaction_id", "booked_at", "occurred_at", "kind", "ref", "registration_id", "course_id",
    "account", "amount", "currency", "corrects",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Span:
    """Days of the books, both included; `first` is none where all is meant from the beginning."""

    first: date | None
    last: date
    zone: str

    @property
    def since(self) -> datetime:
        return start_of_day(self.first, self.zone) if self.first else START

    @property
    def until(self) -> datetime:
        return start_of_day(self.last + timedelta(days=1), self.zone)


async def as_csv(reader: Reader, span: Span) -> AsyncIterator[str]:
    """A line an entry; amounts are decimals of major units, debits positive."""
    yield rows_of([_COLUMNS])
    async for page in journal(reader.fetch, span.since, span.until):
        yield rows_of(row for transaction in page for row in _rows(transaction))


def _rows(transaction: Transaction) -> list[tuple[object, ...]]:
    return [
        (
            transaction.transaction_id,
            rfc3339(transaction.booked_at),
            rfc3339(transaction.occurred_at),
            transaction.kind,
            transaction.ref,
            transaction.registration_id,
            transaction.course_id,
            account,
            Number(Money(amount, currency).major),
            currency,
            transaction.corrects,
        )
        for account, amount, currency in transaction.lines
    ]


async def as_beancount(reader: Reader, span: Span) -> AsyncIterator[str]:
    """A beancount file: what stood before, every transaction, and what must stand at the end."""
    yield _text(beancount.head("Holdfast"))
    balances: Counter[tuple[str, str]] = Counter()
    if span.first is not None:
        balances.update(await balances_before(reader.fetch, span.since))
        before = [(account, amount, cur) for (account, cur), amount in balances.items() if amount]
        if before:
            day = span.first - timedelta(days=1)
            yield _text(beancount.transaction(day, OPENING, sorted(before), {}))
    async for page in journal(reader.fetch, span.since, span.until):
        for transaction in page:
            for account, amount, currency in transaction.lines:
                balances[account, currency] += amount
        yield _text(line for one in page for line in _transaction(one, span.zone))
    yield _text(beancount.assertions(span.last, balances))


def _transaction(one: Transaction, zone: str) -> list[str]:
    about = {
        "transaction": one.transaction_id,
        "registration": one.registration_id,
        "course": one.course_id,
        "ref": one.ref,
        "occurred": rfc3339(one.occurred_at),
        "corrects": one.corrects or "",
    }
    return beancount.transaction(day_of(one.booked_at, zone), one.kind, one.lines, about)


def _text(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
