"""What the runtime's own rounds cost on a database as it is; whatever they write is taken back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from statistics import median
from time import perf_counter
from uuid import uuid4

import asyncpg

from shared.runtime import inbox, sweep
from shared.runtime.envelope import SHARDS
from shared.runtime.relay_statements import DELETE, READ

MANY = 300  # events of a batch, rows of a round
WARM = 3  # tries that do not count
OLD = timedelta(days=5) + inbox.KEPT
_SAY = """
INSERT INTO outbox (event_id, shard, topic, key, payload, headers)
SELECT gen_random_uuid(), x % $1, 'bench.growth', 'key', convert_to(repeat('x', 400), 'UTF8'),
  '[]'::jsonb
FROM generate_series(1, $2::int) x
"""
_AGE = """
UPDATE inbox SET received_at = received_at - $1::interval
WHERE ('x' || substr(md5(event_id::text), 1, 4))::bit(16)::int % 10 = 0
"""
_OLD = "SELECT count(*) FROM inbox WHERE received_at < now() - $1::interval"


async def costs(
    con: asyncpg.Connection, service: str, now: datetime, times: int
) -> dict[str, float]:
    """Milliseconds of a round each, medians: inbox, sweep, relay."""
    kinds = [row["kind"] for row in await con.fetch("SELECT DISTINCT kind FROM due")]

    async def looks() -> None:
        await con.fetch(sweep._LOOK, now, kinds, MANY)

    async def relays() -> None:
        await con.execute(_SAY, SHARDS, MANY)
        rows = await con.fetch(READ, list(range(SHARDS)), [], MANY, 2**30)
        assert len(rows) == MANY, f"{len(rows)} rows in the outbox"
        await con.execute(DELETE, [row["id"] for row in rows])

    return {
        "inbox": await _claims(con, service, times),
        "sweep": await _middle(con, looks, times),
        "relay": await _middle(con, relays, times),
    }


async def forgotten(con: asyncpg.Connection, service: str, times: int) -> dict[str, float]:
    """Rows a second that one round of retention takes out of the inbox, of which a tenth is too
    old, and that the inbox takes in. Raises AssertionError where one is left that is too old."""
    await con.execute(_AGE, OLD)
    old = await con.fetchval(_OLD, inbox.KEPT)
    since = perf_counter()
    gone = await inbox.forget(con)
    took = perf_counter() - since
    left = await con.fetchval(_OLD, inbox.KEPT)
    assert (gone, left) == (old, 0), f"{gone} of {old} are forgotten, {left} are left"
    taken = MANY / (await _claims(con, service, times) / 1000)
    return {"rows": gone, "forgotten": round(gone / took, 1), "taken": round(taken, 1)}


async def _claims(con: asyncpg.Connection, service: str, times: int) -> float:
    async def claims() -> None:
        new = await inbox.claim(con, service, [(str(uuid4()), False) for _ in range(MANY)])
        assert all(new)

    return await _middle(con, claims, times)


async def _middle(con: asyncpg.Connection, act: Callable[[], Awaitable[None]], times: int) -> float:
    took = []
    for number in range(WARM + times):
        transaction = con.transaction()
        await transaction.start()
        try:
            since = perf_counter()
            await act()
            if number >= WARM:
                took.append(1000 * (perf_counter() - since))
        finally:
            await transaction.rollback()
    return round(median(took), 3)
