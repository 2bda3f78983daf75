"""A course of many: what hangs on all of it comes through, whatever the database's time-outs."""

import asyncpg
import pytest

from shared.contracts.attendance import SessionCompleted
from shared.runtime.failures import is_infrastructure
from shared.runtime.sweep import Sweep
from tests.edges.billing.conftest import COURSE, World, confirmed, requested

OWN = ("registration_id", "invoice_id", "transaction_id", "number")  # what no two may share
HELD = SessionCompleted.model_validate(
    SessionCompleted.example | {"course_id": COURSE, "session_id": "s1"}
)


async def multiply(world: World, count: int) -> None:
    """Every row that is ada's, so many times more, for ada-1, ada-2, …"""
    async with world.db.acquire() as con:
        tables = await con.fetch(
            "SELECT table_name, array_agg(column_name::text) AS columns"
            " FROM information_schema.columns WHERE table_schema = 'public'"
            " GROUP BY 1 HAVING 'registration_id' = ANY(array_agg(column_name::text))"
        )
        for table, columns in tables:
            own = ", ".join(f"'{c}', r.{c} || '-' || n" for c in OWN if c in columns)
            await con.execute(
                f"INSERT INTO {table} SELECT (jsonb_populate_record("
                f"NULL::{table}, to_jsonb(r) || jsonb_strip_nulls(jsonb_build_object({own})))).*"
                f" FROM {table} r, generate_series(1, $1::int) n WHERE registration_id = 'ada'",
                count,
            )


async def earned(world: World) -> list[tuple[int, int]]:
    """Minor units of revenue → how many registrations earned so much."""
    async with world.db.acquire() as con:
        found = await con.fetch(
            "SELECT coalesce(sum(-amount_minor) FILTER (WHERE account = 'revenue'), 0)::int AS n"
            " FROM ledger_entries GROUP BY registration_id"
        )
    amounts = [row["n"] for row in found]
    return sorted((amount, amounts.count(amount)) for amount in set(amounts))


@pytest.fixture
async def invoiced(world: World) -> World:
    """Ada's company will pay by invoice: her seat is confirmed."""
    await world.hears(requested("ada"))
    await world.hears(confirmed("ada", basis="invoice"))
    return world


async def test_a_session_of_thousands_is_earned_within_the_time_outs(invoiced: World) -> None:
    """A twentieth of 25,000, with a twentieth of the pause that the database allows: all in one
    transaction would exceed it more than twice over."""
    await multiply(invoiced, 1249)
    await invoiced.db.close()
    invoiced.db.settings = {"idle_in_transaction_session_timeout": "100"}
    await invoiced.hears(HELD)
    sweep, done = Sweep(invoiced.db, invoiced.clock, invoiced.service.dues), 1
    while done:
        try:
            done = await sweep.step()
        except (asyncpg.PostgresError, asyncpg.InterfaceError) as why:
            if not is_infrastructure(why):  # too much at once, on a slow day: then less
                raise
    assert await earned(invoiced) == [(4975, 1250)]


async def test_a_registration_that_cannot_be_earned_is_seen_and_stops_no_other(
    invoiced: World,
) -> None:
    world = invoiced
    await multiply(world, 4)
    async with world.db.acquire() as con:
        terms = await con.fetchval("SELECT schedule FROM terms WHERE registration_id = 'ada-2'")
        await con.execute(
            'UPDATE terms SET schedule = \'[{"session_id": "s1"}]\''
            " WHERE registration_id = 'ada-2'"
        )
    await world.hears(HELD)
    await world.rests()
    assert await earned(world) == [(0, 1), (4975, 4)]
    assert await world.value("SELECT ref FROM due WHERE attempts > 0") == f"{COURSE}/ada-2"
    async with world.db.acquire() as con:
        await con.execute("UPDATE terms SET schedule = $1 WHERE registration_id = 'ada-2'", terms)
        await con.execute("UPDATE due SET lease_until = now() WHERE attempts > 0")
    await world.rests()
    assert await earned(world) == [(4975, 5)]
