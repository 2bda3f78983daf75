"""The databases of a process: one a service, made once and emptied between histories.

Emptied, not made anew: that is a few milliseconds, and no connection or prepared statement is lost.
A history cannot tell: counters begin at one again, and where rows lie it must not depend on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import asyncpg

from shared.contracts.services import SERVICES
from shared.runtime.database import _GUARDS, _PLANS, prepare
from tests.simulation.gates import Gated

_TABLES = """
SELECT relname::text AS name, relkind::text AS kind FROM pg_class c
JOIN pg_namespace n ON n.oid = relnamespace
WHERE nspname = 'public' AND relkind IN ('r', 'S') AND relname <> 'alembic_version' ORDER BY 1
"""


async def _nothing(_con: asyncpg.Connection) -> None:
    return None


class Cluster:
    """All services' databases. `urls` are their owners', `admins` those of who may empty them."""

    def __init__(self, urls: Mapping[str, str], admins: Mapping[str, str]) -> None:
        self.urls = urls
        self._admins = admins
        self.pools: dict[str, asyncpg.Pool] = {}
        self.relays: dict[str, asyncpg.Connection | None] = {}
        self._emptying: dict[str, tuple[asyncpg.Connection, str]] = {}
        self._tables: dict[str, list[str]] = {}

    async def open(self) -> None:
        """Connect, once a process."""
        for service in SERVICES:
            self.pools[service] = await asyncpg.create_pool(
                self.urls[service],
                min_size=1,
                max_size=6,
                connection_class=Gated,
                init=prepare,
                max_inactive_connection_lifetime=0,  # (a history closes what it breaks)
                reset=_nothing,  # nobody sets anything in a session
                # A busy machine is no process that stopped.
                server_settings={
                    **_GUARDS,
                    **_PLANS,
                    "idle_in_transaction_session_timeout": "60000",
                    "lock_timeout": "30000",
                    # Tables are small and emptied all the time: a fifth of a history's time went
                    # to plans that came out the same again.
                    "plan_cache_mode": "force_generic_plan",
                },
            )
            self.relays[service] = None
            con = await asyncpg.connect(self._admins[service])
            found = await con.fetch(_TABLES)
            tables = [row["name"] for row in found if row["kind"] == "r"]
            counters = [row["name"] for row in found if row["kind"] == "S"]
            await con.execute("SET session_replication_role = replica")  # append-only ones, too
            statement = "".join(f"DELETE FROM {table};" for table in tables)
            statement += "".join(f"SELECT setval('{one}', 1, false);" for one in counters)
            self._emptying[service] = con, statement
            self._tables[service] = tables

    async def empty(self) -> None:
        """As if nothing had ever been there."""
        await asyncio.gather(*(con.execute(all_) for con, all_ in self._emptying.values()))

    def looker(self, service: str) -> asyncpg.Connection:
        """A connection on which nobody works, to look at the others' locks."""
        return self._emptying[service][0]

    async def close(self) -> None:
        """Disconnect."""
        for relay in self.relays.values():
            if relay is not None:
                await relay.close()
        for con, _ in self._emptying.values():
            await con.close()
        for pool in self.pools.values():
            await pool.close()

    async def dump(self, service: str, without: Mapping[str, frozenset[str]]) -> list[str]:
        """All rows of a service, as text in one order; `without` some columns, by table."""
        con = self._emptying[service][0]
        parts = [
            f"SELECT '{service}.{table} ' || (to_jsonb(t) - '{{{','.join(sorted(out))}}}'::text[])::text"
            f" AS row FROM {table} t"
            for table in self._tables[service]
            for out in [without.get(table, frozenset())]
        ]
        found = await con.fetch(f"{' UNION ALL '.join(parts)} ORDER BY 1")
        return [row["row"] for row in found]
