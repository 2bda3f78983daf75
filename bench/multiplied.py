"""What services wrote of some learners, many times over: each copy of a row has ids of its own.

The rows are the services' own, so whatever column comes is in them. Of each copy every UUID begins
with the copy's number, and every course is another one, in columns and within JSON alike: what
belongs together in one service, or in several, still does. Where a unique index holds neither, its
last text or number is made unlike by the copy's number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import asyncpg

UUID = r"\m[0-9a-f]{8}(-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\M"
COURSE = r"\m(bench-\d+)\M"
AT_ONCE = 200_000  # rows a statement
# Of nobody in particular, or no more than what was a moment ago; and the bytes of files, of which
# a row is as small in its table whatever they are.
LEFT = {
    *("alembic_version", "api_keys", "document_files", "keys", "outbox", "partners"),
    *("signing_keys", "overrides", "reconciliations", "gateway_cursors", "idempotency_keys"),
}
_COLUMNS = """
SELECT c.relname::text AS table, a.attname::text AS name, format_type(a.atttypid, NULL) AS type
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0
  AND NOT a.attisdropped AND a.attgenerated = '' AND a.attidentity = ''
ORDER BY c.relname, a.attnum
"""
_UNIQUE = """
SELECT c.relname::text AS table, array_agg(a.attname::text ORDER BY k.place) AS names
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k(number, place)
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number
WHERE i.indisunique AND c.relnamespace = 'public'::regnamespace AND a.attidentity = ''
GROUP BY c.relname, i.indexrelid ORDER BY c.relname, i.indexrelid
"""
_WORDS = {"text", "character varying", "uuid", "jsonb", "json", "text[]"}
_NUMBERS = {"integer", "bigint"}


@dataclass(frozen=True)
class Plan:
    """How a copy of a table's rows is made; `rows` there are of the first learners."""

    table: str
    rows: int
    statement: str  # of the copies $1 to $2
    again: str  # of the first learners' own rows


async def seeded(con: asyncpg.Connection) -> list[Plan]:
    """Keep what there is now as the seed; gives how each table of it is multiplied. Raises
    ValueError where there is something that cannot be."""
    await con.execute("CREATE SCHEMA seed")
    tables: dict[str, dict[str, str]] = {}
    for row in await con.fetch(_COLUMNS):
        if row["table"] not in LEFT:
            tables.setdefault(row["table"], {})[row["name"]] = row["type"]
    unique: dict[str, list[list[str]]] = {}
    for row in await con.fetch(_UNIQUE):
        unique.setdefault(row["table"], []).append(row["names"])
    plans = []
    for table, columns in tables.items():
        await con.execute(f'CREATE TABLE seed."{table}" AS SELECT * FROM public."{table}"')
        await _all_renamed(con, table, columns)
        rows = await con.fetchval(f'SELECT count(*) FROM seed."{table}"')
        if rows:
            told = await _unlike(con, table, columns, unique.get(table, []))
            names = ", ".join(f'"{name}"' for name in columns)
            again = f'INSERT INTO public."{table}" ({names}) SELECT {names} FROM seed."{table}"'
            plans.append(Plan(table, rows, _statement(table, columns, told), again))
    return plans


async def multiply(
    con: asyncpg.Connection,
    plans: Sequence[Plan],
    first: int,
    last: int,
    did: Callable[[int], None],
) -> None:
    """The copies from `first` to `last`; tells how many rows came, statement by statement."""
    # Copies are no acts: what triggers hold against hands that write does not concern them.
    await con.execute("SET session_replication_role = replica")
    try:
        for plan in plans:
            step = max(1, AT_ONCE // plan.rows)
            for one in range(first, last + 1, step):
                until = min(last, one + step - 1)
                await con.execute(plan.statement, one, until, timeout=3_600)
                did(plan.rows * (until - one + 1))
    finally:
        await con.execute("SET session_replication_role = origin")


async def shrunk(con: asyncpg.Connection, plans: Sequence[Plan]) -> None:
    """Nothing but the first learners' own rows, as they were; and no seed any more. Whatever points
    to rows of these tables is emptied, as files of certificates are."""
    tables = ", ".join(f'public."{plan.table}"' for plan in plans)
    async with con.transaction():
        await con.execute("SET LOCAL session_replication_role = replica")
        await con.execute(f"TRUNCATE {tables} CASCADE")
        for plan in plans:
            await con.execute(plan.again)
        await con.execute("DROP SCHEMA seed CASCADE")


async def _all_renamed(con: asyncpg.Connection, table: str, columns: dict[str, str]) -> None:
    """Raises ValueError where a row is of a course that no copy renames: it would get the sessions
    and people of all of them."""
    if "course_id" not in columns:
        return
    other = await con.fetchval(
        f"SELECT min(course_id) FROM seed.\"{table}\" WHERE course_id !~ $1 AND course_id <> ''",
        COURSE,
    )
    if other is not None:
        raise ValueError(f"{table} has rows of {other}, which is no course of a seed")


async def _unlike(
    con: asyncpg.Connection, table: str, columns: dict[str, str], indexes: Sequence[list[str]]
) -> set[str]:
    """The columns that a copy's number has to be added to, where they hold no id."""
    told: set[str] = set()
    for names in indexes:
        key = " || ' ' || ".join(f"coalesce(\"{name}\"::text, '')" for name in names)
        bare = await con.fetchval(
            f'SELECT EXISTS (SELECT FROM seed."{table}" WHERE {key} !~ $1 AND {key} !~ $2)',
            UUID,
            COURSE,
        )
        if not bare or told & set(names):
            continue
        fit = [name for name in names if columns.get(name) in ({"text"} | _NUMBERS)]
        if not fit:
            raise ValueError(f"{table}: nothing in {names} can be made unlike")
        words = [name for name in fit if columns[name] == "text"]
        told.add((words or fit)[-1])
    return told


def _statement(table: str, columns: dict[str, str], unlike: set[str]) -> str:
    names = ", ".join(f'"{name}"' for name in columns)
    made = ", ".join(_copied(name, type_, unlike=name in unlike) for name, type_ in columns.items())
    return (
        f'INSERT INTO public."{table}" ({names}) SELECT {made} FROM seed."{table}"'
        " CROSS JOIN generate_series($1::int, $2::int) AS copy"
    )


def _copied(name: str, type_: str, *, unlike: bool) -> str:
    column = f'"{name}"'
    if type_ in _NUMBERS:
        return f"{column} + copy::bigint * 1000000" if unlike else column
    if type_ not in _WORDS:
        return column
    text = f"{column}::text"
    other = f"regexp_replace({text}, '{UUID}', lpad(to_hex(copy), 8, '0') || '\\1', 'g')"
    mapped = f"regexp_replace({other}, '{COURSE}', '\\1-' || copy, 'g')"
    if unlike:
        mapped = (
            f"CASE WHEN {text} ~ '{UUID}' OR {text} ~ '{COURSE}' THEN {mapped}"
            f" ELSE {text} || '-' || copy END"
        )
    return f"({mapped})::{type_}"
