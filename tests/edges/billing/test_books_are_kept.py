"""The database itself keeps the books: balanced at commit, and never changed afterwards."""

import asyncpg
import pytest

from cli.invariants.credits import no_more_comes_back
from cli.invariants.registry import Outside
from services.billing import models
from shared.runtime.rows import spec_of
from tests.edges.billing.conftest import World, cancelled, requested

_TRANSACTION = (
    "INSERT INTO ledger_transactions (transaction_id, registration_id, kind, ref, occurred_at, booked_at) "
    "VALUES ('t', 'ada', 'test', 'x', now(), now())"
)
_LINE = (
    "INSERT INTO ledger_entries "
    "(transaction_id, line, registration_id, account, amount_minor, currency) "
    "VALUES ('t', $1, 'ada', $2, $3, $4)"
)


async def write(world: World, *lines: tuple[int, str, int, str]) -> None:
    async with world.db.acquire() as con, con.transaction():
        await con.execute(_TRANSACTION)
        for line in lines:
            await con.execute(_LINE, *line)


async def test_a_transaction_that_does_not_balance_cannot_be_committed(world: World) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match="does not balance"):
        await write(world, (1, "receivable", 100, "USD"), (2, "revenue", -99, "USD"))


async def test_two_currencies_do_not_balance_each_other(world: World) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await write(world, (1, "receivable", 100, "USD"), (2, "revenue", -100, "EUR"))


async def test_a_line_added_to_an_old_transaction_must_leave_it_balanced(world: World) -> None:
    await write(world, (1, "receivable", 100, "USD"), (2, "revenue", -100, "USD"))
    with pytest.raises(asyncpg.CheckViolationError):
        async with world.db.acquire() as con:
            await con.execute(_LINE, 3, "fees", 5, "USD")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE invoices SET number = 'other'",
        "DELETE FROM invoices",
        "UPDATE invoice_lines SET amount_minor = 0",
        "DELETE FROM invoice_lines",
        "UPDATE ledger_entries SET amount_minor = 0",
        "DELETE FROM ledger_entries",
        "TRUNCATE ledger_entries",
        "UPDATE ledger_transactions SET kind = 'other'",
        "DELETE FROM ledger_transactions",
        "UPDATE credit_entries SET amount_minor = 0",
        "DELETE FROM credit_entries",
        "TRUNCATE credit_entries",
    ],
)
async def test_what_was_booked_stays(ada: World, statement: str) -> None:
    await ada.hears(cancelled("ada", "2020-10-06T04:01:00Z"))
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await ada.value(statement)


async def test_no_table_that_is_only_added_to_is_ever_changed(world: World) -> None:
    """All of them, by what the models say: whoever adds one need not think of this test."""
    rows = [getattr(models, name) for name in models.__all__ if name != "Base"]
    names = [spec_of(row).name for row in rows if spec_of(row).append_only]
    assert {"closed_months", "month_closings", "ledger_entries", "invoices"} <= set(names)
    for name in names:
        column = await world.value(
            "SELECT column_name::text FROM information_schema.columns WHERE table_name = $1"
            " AND table_schema = 'public' LIMIT 1",
            name,
        )
        for act in (
            f"UPDATE {name} SET {column} = {column}",
            f"DELETE FROM {name}",
            f"TRUNCATE {name}",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await world.value(act)


async def test_the_statement_shows_every_movement_in_order(ada: World) -> None:
    await ada.at("2020-10-06T03:59:10Z")
    await ada.hears(cancelled("ada", "2020-10-06T03:59:00Z"))
    await ada.rests()
    ledger = (await ada.view("ada"))["ledger"]
    assert [(line["kind"], line["account"], line["amount"]) for line in ledger] == [
        ("invoice-issued", "receivable", 19900),
        ("invoice-issued", "deferred_revenue", -19900),
        ("captured", "cash:gateway", 19900),
        ("captured", "receivable", -19900),
        ("cancelled", "deferred_revenue", 19900),
        ("cancelled", "refunds_payable", -16900),
        ("cancelled", "fees", -3000),
        ("refund-settled", "refunds_payable", 16900),
        ("refund-settled", "cash:gateway", -16900),
    ]
    assert all(line["currency"] == "USD" for line in ledger)


async def test_a_wrong_sum_is_found_by_the_invariants(world: World) -> None:
    await world.hears(requested("ada"))
    await world.pays("ada")
    assert await world.broken_invariants() == []
    await world.value("UPDATE payment_parts SET amount_minor = amount_minor + 1")
    assert await world.broken_invariants() == [
        "money_is_accounted_for",
        "cash_is_what_moved",
        "payments_are_divided",
    ]
    await world.value("UPDATE payment_parts SET amount_minor = amount_minor - 1")
    await world.value("UPDATE payments SET returned_minor = 1")
    assert await world.broken_invariants() == ["no_tender_gives_more"]
    await world.value("UPDATE payments SET returned_minor = 0")


async def test_a_debt_that_no_refund_stands_for_is_found_by_the_invariants(ada: World) -> None:
    await ada.goodwill("ada", amount=500)  # requested, and the gateway was not asked yet
    assert await ada.broken_invariants() == []
    await ada.value("UPDATE refunds SET failure = 'lost', state = 'failed'")
    await ada.value("UPDATE payments SET returned_minor = 0")
    assert await ada.broken_invariants() == ["refunds_are_owed"]
    await ada.value("UPDATE refunds SET failure = 'unknown'")
    assert await ada.broken_invariants() == []  # failed, and owed still


async def test_more_given_back_to_a_credit_than_was_spent_is_found(ada: World) -> None:
    await ada.http.post(
        "/billing/v1/registrations/ada/credits",
        json={"reason": "a kindness", "amount": 5000},
        headers={"Idempotency-Key": "k"},
    )
    async with ada.db.acquire() as con:
        entry = (
            "INSERT INTO credit_entries"
            " (entry_id, credit_id, registration_id, kind, amount_minor, currency, occurred_at)"
            " SELECT $1, credit_id, 'ada', $2, $3, 'USD', $4 FROM credits"
        )
        now = ada.clock.now()
        await con.execute(entry, "x", "redeemed", -100, now)
        await con.execute(entry, "y", "restored", 101, now)
        await con.execute("UPDATE credits SET balance_minor = balance_minor + 1")
        outside = Outside({"billing": con}, bootstrap="", simulator="", simulator_key="")
        found = [one.detail async for one in no_more_comes_back(outside)]
        await con.execute("UPDATE credits SET balance_minor = balance_minor - 1")
        await con.execute(entry, "z", "redeemed", -1, now)
    assert found == ["101 restored, 100 spent"]
    assert await ada.broken_invariants() == []
