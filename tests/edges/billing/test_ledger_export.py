"""The ledger as files: CSV, beancount as its own reader reads it, and both of any length."""

import csv
import io
import tracemalloc
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from beancount import loader
from beancount.core.data import Transaction

from services.billing.api.export import Span, as_beancount, as_csv
from shared.runtime.database import Reader
from tests.edges.billing.conftest import World, requested
from tests.edges.billing.test_months import close, october, september

__all__ = ["september"]
EXPORT = "/billing/v1/books/export"
ALL = Span(None, date(2020, 12, 31), "America/New_York")


async def table(world: World, **asked: str) -> list[dict[str, str]]:
    answer = await world.http.get(EXPORT, params=asked)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.text)))


async def beancounted(world: World, **asked: str) -> tuple[list[Any], str]:
    """The entries that beancount reads, without a fault, and the text."""
    answer = await world.http.get(EXPORT, params={"format": "beancount", **asked})
    assert answer.status_code == 200, answer.text
    entries, errors, _ = loader.load_string(answer.text)
    assert errors == []
    return entries, answer.text


async def test_csv_has_a_line_an_entry_with_exact_amounts(september: World) -> None:
    rows = await table(september)
    assert len(rows) == 16  # four invoices and four payments, two lines each
    assert {row["kind"] for row in rows} == {"invoice-issued", "captured"}
    kims = [row for row in rows if row["registration_id"] == "kim"]
    assert sorted((row["account"], row["amount"], row["currency"]) for row in kims) == [
        ("cash:gateway", "20000", "JPY"),
        ("deferred_revenue", "-20000", "JPY"),
        ("receivable", "-20000", "JPY"),
        ("receivable", "20000", "JPY"),
    ]
    assert sum(Decimal(row["amount"]) for row in rows if row["currency"] == "USD") == 0


async def test_days_are_those_of_the_books_and_included(september: World) -> None:
    """What is booked at 03:59:59 UTC on the 2nd is of the 1st in New York."""
    await september.at("2020-10-02T03:59:59Z")
    await september.hears(requested("late"))
    await september.at("2020-10-02T04:00:00Z")
    await september.hears(requested("next"))
    of = [
        {row["registration_id"] for row in await table(september, **{"from": day, "to": day})}
        for day in ("2020-09-30", "2020-10-01", "2020-10-02", "2020-10-03")
    ]
    assert of == [set(), {"late"}, {"next"}, set()]
    until = await table(september, to="2020-09-14")
    assert len(until) == 16


async def test_no_cell_is_taken_for_a_formula(world: World) -> None:
    await world.hears(requested("=1+1", course_id="@x"))
    rows = await table(world)
    assert {(row["registration_id"], row["course_id"]) for row in rows} == {("'=1+1", "'@x")}
    assert {row["amount"] for row in rows} == {"199.00", "-199.00"}


async def test_beancount_reads_what_the_ledger_has(september: World) -> None:
    await october(september)
    await september.hears(requested("kay", price={"amount": 12_345, "currency": "KWD"}))
    entries, text = await beancounted(september)
    assert text.startswith('option "title" "Holdfast"')
    balances: dict[tuple[str, str], Decimal] = {}
    for entry in entries:
        for posting in entry.postings if isinstance(entry, Transaction) else []:
            place = (posting.account, posting.units.currency)
            balances[place] = balances.get(place, Decimal(0)) + posting.units.number
    # By hand: three who paid, less what went back to one; what of it is whose stands in §2.
    assert {place: amount for place, amount in balances.items() if amount} == {
        ("Assets:Cash:Gateway", "USD"): Decimal("428.00"),
        ("Assets:Cash:Gateway", "JPY"): Decimal(20000),
        ("Assets:Receivable", "KWD"): Decimal("12.345"),
        ("Liabilities:Deferred-Revenue", "KWD"): Decimal("-12.345"),
        ("Liabilities:Deferred-Revenue", "JPY"): Decimal(-15000),
        ("Liabilities:Credits", "USD"): Decimal("-199.00"),
        ("Income:Fees", "USD"): Decimal("-30.00"),
        ("Income:Revenue", "USD"): Decimal("-49.75"),
        ("Income:Revenue", "JPY"): Decimal(-5000),
        ("Income:Forfeited", "USD"): Decimal("-149.25"),
    }


@pytest.mark.parametrize("closed", [False, True])
async def test_a_file_of_some_days_begins_with_what_stood_before(
    september: World, closed: bool
) -> None:
    if closed:
        await september.at("2020-10-01T05:00:00Z")
        assert (await close(september, "2020-09")).status_code == 200
    await october(september)
    _, whole = await beancounted(september)
    entries, part = await beancounted(september, **{"from": "2020-10-02"})
    first = next(entry for entry in entries if isinstance(entry, Transaction))
    assert (first.date, first.narration) == (date(2020, 10, 1), "opening")
    assert {(p.account, str(p.units)) for p in first.postings} == {
        ("Assets:Cash:Gateway", "597.00 USD"),
        ("Assets:Cash:Gateway", "20000 JPY"),
        ("Liabilities:Deferred-Revenue", "-597.00 USD"),
        ("Liabilities:Deferred-Revenue", "-20000 JPY"),
    }
    assert asserted(part) == asserted(whole)
    assert len(asserted(part)) == 8


def asserted(text: str) -> list[str]:
    """What must stand at the end, but for what is zero."""
    lines = [line for line in text.splitlines() if " balance " in line]
    return [line for line in lines if line.split()[-2].strip("0.")]


async def test_a_wrong_balance_is_found_by_beancount(september: World) -> None:
    _, text = await beancounted(september)
    assert "balance Assets:Cash:Gateway  597.00 USD" in text
    wrong = text.replace("Gateway  597.00 USD", "Gateway  597.05 USD")
    _, errors, _ = loader.load_string(wrong)
    assert len(errors) == 1


@pytest.mark.parametrize("form", ["csv", "beancount"])
async def test_a_hundred_thousand_entries_stream_in_flat_memory(world: World, form: str) -> None:
    """Every second one takes back what the first booked, so that the invariants hold."""
    await world.hears(requested("ada"))
    async with world.db.acquire() as con, con.transaction():
        await con.execute(
            "INSERT INTO ledger_transactions SELECT 'bulk-' || n, 'ada', 'captured', 'x',"
            " t.booked_at, t.booked_at + n * interval '1 ms', NULL"
            " FROM generate_series(1, 50000) n, (SELECT booked_at FROM ledger_transactions"
            " LIMIT 1) t"
        )
        await con.execute("ALTER TABLE ledger_entries DISABLE TRIGGER USER")
        await con.execute(
            "INSERT INTO ledger_entries SELECT 'bulk-' || n, line, 'ada',"
            " (ARRAY['cash:gateway', 'receivable'])[line], (ARRAY[5, -5])[line] * (2 * (n % 2) - 1), 'USD'"
            " FROM generate_series(1, 50000) n, generate_series(1, 2) line"
        )
        await con.execute("ALTER TABLE ledger_entries ENABLE TRIGGER USER")
    make = as_csv if form == "csv" else as_beancount
    lines, most, before = 0, 0, 0
    tracemalloc.start()
    try:
        async for text in make(Reader(world.db), ALL):
            lines += text.count("bulk-")
            if not before and lines > 5_000:
                before = tracemalloc.get_traced_memory()[0]
                tracemalloc.reset_peak()
            most = max(most, len(text))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert lines == (100_000 if form == "csv" else 50_000)
    assert most < 1_000_000
    assert peak - before < 8_000_000  # a page or two; the whole is more than 15 million characters


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"from": "2020-10-02", "to": "2020-10-01"}, 422),
        ({"from": "9999-12-31", "to": "9999-12-31"}, 422),
        ({"from": "0001-01-01"}, 422),
        ({"from": "yesterday"}, 422),
        ({"format": "pdf"}, 422),
    ],
)
async def test_what_cannot_be_exported_is_invalid(
    world: World, asked: dict[str, str], status: int
) -> None:
    answer = await world.http.get(EXPORT, params=asked)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


async def test_only_operators_export(world: World) -> None:
    async with world.client() as nobody:
        assert (await nobody.get(EXPORT)).status_code == 401


def test_days_end_where_the_next_begins() -> None:
    span = Span(date(2020, 11, 1), date(2020, 11, 1), "America/New_York")
    assert span.until - span.since == timedelta(hours=25)
