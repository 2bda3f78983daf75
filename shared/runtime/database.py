"""One service's database: pools, with time-outs so that a stopped process blocks no other."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg
from pydantic_core import from_json, to_json

from shared.runtime import sql
from shared.runtime.backlog import Backlog
from shared.runtime.rows import Query, R

# A process stopped inside its transaction keeps its locks: the server ends such a transaction
# after two seconds, so that a successor does not wait for it (kafka-facts.md §5).
_GUARDS = {
    "idle_in_transaction_session_timeout": "2000",
    "statement_timeout": "30000",
    "lock_timeout": "10000",
    "timezone": "UTC",
}
# Whatever a batch reads, it reads by keys. A plan that was made while a table was still empty reads
# all of it, and is kept: then each key of each batch walks over all rows, until statistics come.
_PLANS = {"enable_seqscan": "off", "jit": "off"}


@dataclass
class Database:
    """A pool of connections to the database of one service; opened lazily, closed once."""

    service: str
    url: str
    size: int = 4
    settings: dict[str, str] = field(default_factory=dict)
    # Told after each commit of the batch runtime: whether it said something, planned a deadline.
    committed: Callable[[bool, bool], None] = lambda _said, _planned: None
    backlog: Backlog = field(default_factory=Backlog)  # of the service, in this process
    _pool: asyncpg.Pool | None = None
    _opening: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def open(self) -> None:
        """Open the pool; raises what the driver raises when the database is away."""
        async with self._opening:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(
                    plain_url(self.url),
                    min_size=1,
                    max_size=self.size,
                    max_inactive_connection_lifetime=300,
                    command_timeout=35,  # a little more than the server's own
                    timeout=10,
                    init=prepare,
                    reset=_as_it_was,
                    server_settings={
                        "application_name": f"holdfast-{self.service}",
                        **_GUARDS,
                        **_PLANS,
                        **self.settings,
                    },
                )

    async def close(self) -> None:
        """Close the pool."""
        if self._pool is not None:
            pool, self._pool = self._pool, None
            await pool.close()

    @property
    def crowded(self) -> bool:
        """Every connection there may be is at work for somebody."""
        pool = self._pool
        return pool is not None and pool.get_size() >= self.size and not pool.get_idle_size()

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection; opens the pool when it is not open (the database may have been away)."""
        if self._pool is None:
            await self.open()
        assert self._pool is not None
        async with self._pool.acquire(timeout=15) as con:
            yield con


class Reader:
    """Reads for GET requests: each call sees one committed state."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def get(self, row: type[R], key: Any) -> R | None:
        """The row with this primary key, or None."""
        keys = [key if isinstance(key, tuple) else (key,)]
        async with self._db.acquire() as con:
            found: list[Any] = await sql.by_keys(con, row, keys, lock=False)
        return found[0] if found else None

    async def find(self, query: Query[R]) -> list[R]:
        """The rows of a query, in its order."""
        async with self._db.acquire() as con:
            [rows] = await sql.by_queries(con, query.row, [(query, query.limit)], keys_only=False)
        return rows

    async def page(self, query: Query[R]) -> tuple[list[R], R | None]:
        """The rows of a query, at most its limit; and the last of them where more come behind."""
        assert query.limit is not None
        found = await self.find(dataclasses.replace(query, limit=query.limit + 1))
        rows = found[: query.limit]
        return rows, rows[-1] if len(found) > query.limit else None

    async def fetch(self, statement: str, *args: Any) -> list[asyncpg.Record]:
        """Records of a statement of the caller's own; it must only read."""
        async with self._db.acquire() as con:
            records: list[asyncpg.Record] = await con.fetch(statement, *args)
            return records


async def _as_it_was(_con: asyncpg.Connection) -> None:
    """Nothing is asked of the server when a connection is given back. An open transaction is rolled
    back before this; whoever changes more of a session than its transaction changes it back, or has
    a connection of its own."""


async def prepare(con: asyncpg.Connection) -> None:
    """Codecs of every connection: jsonb as Python values, binary so that COPY can carry it."""
    await con.set_type_codec(
        "jsonb", encoder=_jsonb, decoder=_of_jsonb, schema="pg_catalog", format="binary"
    )


def _jsonb(value: Any) -> bytes:
    return b"\x01" + to_json(value)  # jsonb's one version, then text


def _of_jsonb(value: bytes) -> Any:
    return from_json(value[1:])


def plain_url(url: str) -> str:
    """The URL as asyncpg takes it, however SQLAlchemy likes to see it."""
    return url.replace("postgresql+asyncpg://", "postgresql://")
