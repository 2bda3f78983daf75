"""Rebuild from the log: what a service only copies, made anew in empty tables, and compared.

The tables of a service are made once more, empty, in a schema of their own (`rebuild`); its own
handlers hear the whole log there, as its consumer would. Nothing else ever looks into that schema:
what is said there is never sent, no deadline there ever comes, so nobody outside is called, also
while the service goes on beside it. Then the tables that are marked as copies (`@table(...,
copied=True)`) are compared with the living ones, row by row, and mended.

Only copies: an owner's truth came over HTTP and is in its backup (runtime.md §6). A row that the
log tells nothing of (any more: Kafka forgets the end of a person after 45 days) is counted, and
stays.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from aiokafka import ConsumerRecord
from asyncpg import Connection

from shared.runtime.clock import Clock
from shared.runtime.database import Database
from shared.runtime.events import NotYetError
from shared.runtime.hears import Hears
from shared.runtime.intake import BATCH, Intake
from shared.runtime.orders import letterbox

SCHEMA = "rebuild"
NEVER = 2**62  # letters in a row that end a rebuild: those of the first life are letters again
Places = dict[tuple[str, int], int]  # (topic, partition) → the offset to go on from
Reading = Callable[[Sequence[str], Places], AsyncIterator[ConsumerRecord]]

_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> $1"
_KEY = """
SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid
  AND a.attnum = ANY(i.indkey) WHERE i.indrelid = $1::regclass AND i.indisprimary ORDER BY 1
"""
_UNKNOWN = f"""
SELECT count(*) FROM public.inbox p WHERE p.received_at > $1 AND p.consumer = $2 AND NOT EXISTS
  (SELECT 1 FROM {SCHEMA}.inbox r WHERE r.consumer = p.consumer AND r.event_id = p.event_id)
"""

# What the service used, of the time of which orders about letters are still in the log, and this
# code cannot use: made with it, copies would be older than they are.
_UNUSABLE = f"""
SELECT count(*) FROM {SCHEMA}.inbox r JOIN public.inbox p USING (consumer, event_id)
WHERE r.outcome = 'dead' AND p.outcome = 'done' AND p.received_at > now() - interval '30 days'
"""
LOCK = 0x0F10_0003  # of the one rebuild that a database has at a time

# It holds one transaction open while it hears the last of the log.
_PATIENT = {"idle_in_transaction_session_timeout": "0", "statement_timeout": "600000"}


class RebuildError(Exception):
    """It cannot go on as things stand: `why` as a sentence, `next_step` what to do."""

    def __init__(self, why: str, next_step: str) -> None:
        super().__init__(why)
        self.next_step = next_step


@dataclass(frozen=True)
class Compared:
    """A table: rows by the log, how many of them differ or are missing in the living one, how many
    there the log tells nothing of, and a digest of its rows by the log and as they live."""

    table: str
    rows: int
    changed: int
    missing: int
    unknown: int
    rebuilt: str
    living: str

    @property
    def same(self) -> bool:
        """Whether the living table has all that the log tells, byte for byte."""
        return not (self.changed or self.missing)


class Rebuild:
    """One service's copies, made anew beside the living ones; its database is told by its URL."""

    def __init__(self, service: str, url: str, hears: Hears, copies: Sequence[str]) -> None:
        self.service, self.copies = service, sorted(copies)
        self.db = Database(service, url, size=2, settings={"search_path": SCHEMA})
        self.living = Database(service, url, size=3, settings=_PATIENT)
        self._alone = AsyncExitStack()  # the connection that holds the lock
        self._begun = False
        self.topics = sorted(hears.topics - {letterbox(service)})
        self.intake = Intake(self.db, Clock(), hears)
        self.intake.dead_in_a_row = NEVER
        self.places: Places = {}

    async def begin(self) -> None:
        """Empty tables, as the living ones are made. Raises RebuildError while another is made."""
        con = await self._alone.enter_async_context(self.living.acquire())
        if not await con.fetchval("SELECT pg_try_advisory_lock($1)", LOCK):
            await self._alone.aclose()
            why = f"The copies of {self.service} are being made anew by somebody else."
            raise RebuildError(why, "Wait until that is through, and try again.")
        self._begun = True
        async with self.living.acquire() as con, con.transaction():
            await con.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
            await con.execute(f"CREATE SCHEMA {SCHEMA}")
            for row in await con.fetch(_TABLES, "alembic_version"):
                name = row["tablename"]
                like = f"(LIKE public.{name} INCLUDING ALL)"
                await con.execute(f"CREATE TABLE {SCHEMA}.{name} {like}")

    async def hear(self, reading: Reading) -> int:
        """Hear what the log has and was not heard here yet, orders about letters last."""
        heard = 0
        for topics in (self.topics, [letterbox(self.service)]):
            batch: list[ConsumerRecord] = []
            async for record in reading(topics, self.places):
                self.places[record.topic, record.partition] = record.offset + 1
                batch.append(record)
                if len(batch) == BATCH:
                    heard += await self._take(batch)
                    batch = []
            heard += await self._take(batch)
        return heard

    async def _take(self, batch: Sequence[ConsumerRecord]) -> int:
        delivery = self.intake.deliver(batch)
        while delivery.left:
            try:
                await self.intake.step(delivery)
            except NotYetError:  # a defect: it is given up after five times, as in its first life
                continue
        return len(batch)

    async def compare(self) -> list[Compared]:
        """Each copied table as the log tells it, beside the living one."""
        async with self.living.acquire() as con, con.transaction(isolation="repeatable_read"):
            return [await _compared(con, table) for table in self.copies]

    async def mend(self, reading: Reading) -> list[Compared]:
        """Give the living tables what the log tells; gives what was found before. Their consumer
        waits meanwhile, and nothing that it has heard is missed: that is heard here first.

        Raises RebuildError, with nothing changed, where the log lacks what was handled, or has what
        was used and cannot be used now.
        """
        async with self.living.acquire() as con:
            began = await con.fetchval("SELECT now() - interval '1 hour'")
            async with con.transaction():
                names = ", ".join(f"public.{table}" for table in self.copies)
                await con.execute(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE")
                await self.hear(reading)
                if unknown := await con.fetchval(_UNKNOWN, began, self.intake.hears.consumer):
                    raise RebuildError(
                        f"{unknown} events were handled of late that the log does not have.",
                        "Is this the log of that database? Mend nothing before that is known.",
                    )
                if unusable := await con.fetchval(_UNUSABLE):
                    raise RebuildError(
                        f"{unusable} events that {self.service} has used cannot be used any more.",
                        "Run it with the code that the service runs with, or mend that code.",
                    )
                found = [await _compared(con, table) for table in self.copies]
                for one in found:
                    if not one.same:
                        await _mend(con, one.table)
        return found

    async def end(self) -> None:
        """Nothing of it is left; what somebody else makes at this moment is."""
        if self._begun:
            async with self.living.acquire() as con:
                await con.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
        await self._alone.aclose()
        for db in (self.db, self.living):
            await db.close()


async def dump(con: Connection, table: str) -> list[str]:
    """A table's canonical form: each row as JSON with its names in order, the rows in order."""
    rows = await con.fetch(f"SELECT to_jsonb(t)::text AS row FROM {table} t ORDER BY 1")
    return [row["row"] for row in rows]


async def _compared(con: Connection, table: str) -> Compared:
    on = await _on_key(con, table)
    both = f"FROM {SCHEMA}.{table} r LEFT JOIN public.{table} p ON {on}"
    [key, *_] = await _key(con, table)
    counts = await con.fetchrow(
        f"SELECT count(*) AS rows, count(*) FILTER (WHERE p.{key} IS NULL) AS missing,"
        f" count(*) FILTER (WHERE p.{key} IS NOT NULL AND to_jsonb(p) IS DISTINCT FROM to_jsonb(r))"
        f" AS changed {both}"
    )
    other = f"NOT EXISTS (SELECT 1 FROM {SCHEMA}.{table} r WHERE {on})"
    unknown = await con.fetchval(f"SELECT count(*) FROM public.{table} p WHERE {other}")
    digests = [
        sha256("\n".join(await dump(con, f"{schema}.{table}")).encode()).hexdigest()
        for schema in (SCHEMA, "public")
    ]
    assert counts is not None
    return Compared(table, counts["rows"], counts["changed"], counts["missing"], unknown, *digests)


async def _mend(con: Connection, table: str) -> None:
    on = await _on_key(con, table)
    await con.execute(
        f"DELETE FROM public.{table} p USING {SCHEMA}.{table} r"
        f" WHERE {on} AND to_jsonb(p) IS DISTINCT FROM to_jsonb(r)"
    )
    await con.execute(
        f"INSERT INTO public.{table} SELECT r.* FROM {SCHEMA}.{table} r"
        f" WHERE NOT EXISTS (SELECT 1 FROM public.{table} p WHERE {on})"
    )


async def _key(con: Connection, table: str) -> list[str]:
    return [row["attname"] for row in await con.fetch(_KEY, f"public.{table}")]


async def _on_key(con: Connection, table: str) -> str:
    return " AND ".join(f"p.{column} = r.{column}" for column in await _key(con, table))


def copies_of(tables: Mapping[str, Any]) -> list[str]:
    """The names of the tables of a service that are copies (`Base.metadata.tables`)."""
    return [name for name, made in tables.items() if made.info.get("copied")]
