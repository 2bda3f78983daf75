"""Rows read, locked and written in sets, by one statement a table (`statements` has their text).

Keys travel as one array a column, new rows by binary COPY (whose cost, here and in the database, is
a third of an INSERT's from arrays), changed rows as one JSON text, files beside it as they are.
Everything is sorted by key, so that no two batches can deadlock on rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from asyncpg import Connection
from pydantic_core import to_json
from sqlmodel import SQLModel

from shared.runtime import statements
from shared.runtime.rows import Key, Query, Spec, build, key_of, spec_of
from shared.runtime.statements import Nulls, shape_of

Row = type[SQLModel]


async def by_keys(con: Connection, row: Row, keys: Sequence[Key], *, lock: bool) -> list[SQLModel]:
    """The rows with these primary keys; locked in key order if asked."""
    if not keys:
        return []
    spec = spec_of(row)
    columns = _arrays(spec, spec.primary, sorted(keys))
    records = await con.fetch(statements.select_by_key(spec.name, shape_of(spec), lock), *columns)
    return [build(row, record) for record in records]


async def by_queries(
    con: Connection, row: Row, queries: Sequence[tuple[Query[Any], int | None]], *, keys_only: bool
) -> list[list[Any]]:
    """For queries of one shape (columns, order, which values are NULL): the rows of each.

    With `keys_only`: of each row what it is known and ordered by, as a dict.
    """
    spec = spec_of(row)
    first = queries[0][0]
    nulls, behind = nulls_of(first)
    values = [tuple(v for v in (*q.values, *(q.after or ())) if v is not None) for q, _ in queries]
    arrays = [list(column) for column in zip(*values, strict=True)]
    statement = statements.select_by_query(
        spec.name, shape_of(spec), first.columns, nulls, first.order, behind, keys_only
    )
    limits = [limit for _, limit in queries]
    records = await con.fetch(statement, list(range(len(queries))), limits, *arrays)
    found: list[list[Any]] = [[] for _ in queries]
    for record in records:
        values_of = dict(record)
        place = values_of.pop("_place")
        if keys_only:
            found[place].append(values_of)
        else:
            found[place].append(build(row, values_of))
    return found


def nulls_of(query: Query[Any]) -> tuple[Nulls, Nulls | None]:
    """Which values of a query are NULL, and which of the place behind which it looks, if any."""
    behind = None if query.after is None else tuple([value is None for value in query.after])
    return tuple([value is None for value in query.values]), behind


async def insert(con: Connection, row: Row, rows: Sequence[SQLModel]) -> None:
    """Insert rows that were not there; a twin inserted meanwhile is a unique violation."""
    spec = spec_of(row)
    columns = spec.columns
    records = [tuple([r.__dict__[c] for c in columns]) for r in sorted(rows, key=key_of)]
    await con.copy_records_to_table(spec.name, records=records, columns=columns)


async def update(
    con: Connection, row: Row, rows: Sequence[SQLModel], before: Sequence[SQLModel] = ()
) -> None:
    """Write rows that were locked before. Of a table that keeps files, columns that none of them
    has changed since `before` (the same rows, as stored) stay as they are: they are long."""
    spec = spec_of(row)
    files = tuple(c for c in spec.columns if spec.types[c] == "BYTEA")
    if not files:
        await con.execute(statements.update(spec.name, shape_of(spec)), _as_json(rows))
        return
    columns = _changed(spec, rows, before) if before else spec.columns
    ordered = sorted(rows, key=key_of)
    arrays = [[each.__dict__[c] for each in ordered] for c in files if c in columns]
    told = [{c: each.__dict__[c] for c in columns if c not in files} for each in ordered]
    statement = statements.update_files(spec.name, shape_of(spec), columns)
    await con.execute(statement, to_json(told).decode(), *arrays)


def _changed(spec: Spec, rows: Sequence[SQLModel], before: Sequence[SQLModel]) -> tuple[str, ...]:
    """The key, and the columns in which some row is not as it was."""
    pairs = list(zip(rows, before, strict=True))
    return tuple(
        c
        for c in spec.columns
        if c in spec.primary or any(now.__dict__[c] is not was.__dict__[c] for now, was in pairs)
    )


async def delete(con: Connection, row: Row, keys: Sequence[Key]) -> None:
    """Delete rows that were locked before."""
    spec = spec_of(row)
    await con.execute(
        statements.delete(spec.name, shape_of(spec)), *_arrays(spec, spec.primary, sorted(keys))
    )


def _as_json(rows: Sequence[SQLModel]) -> str:
    """Whole rows, sorted by key."""
    return to_json([row.__dict__ for row in sorted(rows, key=key_of)]).decode()


def _arrays(spec: Spec, columns: Sequence[str], rows: Sequence[Key]) -> list[list[Any]]:
    return _as_text(spec, columns, [list(column) for column in zip(*rows, strict=True)])


def _as_text(spec: Spec, columns: Sequence[str], arrays: list[list[Any]]) -> list[list[Any]]:
    for place, column in enumerate(columns):
        if spec.types[column] == "JSONB":
            arrays[place] = [None if v is None else to_json(v).decode() for v in arrays[place]]
    return arrays
