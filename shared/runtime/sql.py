"""The statements by which rows are read, locked and written in sets: one a table.

Keys travel as one array a column, new rows by binary COPY (whose cost, here and in the database, is
a third of an INSERT's from arrays), changed rows as one JSON text, files beside it as they are.
Everything is sorted by key, so that no two batches can deadlock on rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from asyncpg import Connection
from pydantic_core import to_json
from sqlmodel import SQLModel

from shared.runtime.rows import Key, Query, Spec, build, key_of, spec_of

Row = type[SQLModel]


async def by_keys(con: Connection, row: Row, keys: Sequence[Key], *, lock: bool) -> list[SQLModel]:
    """The rows with these primary keys; locked in key order if asked."""
    if not keys:
        return []
    spec = spec_of(row)
    columns = _arrays(spec, spec.primary, sorted(keys))
    records = await con.fetch(_select_by_key(spec.name, _shape(spec), lock), *columns)
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
    statement = _select_by_query(
        spec.name, _shape(spec), first.columns, nulls, first.order, behind, keys_only
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


Nulls = tuple[bool, ...]


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
        await con.execute(_update(spec.name, _shape(spec), spec.primary), _as_json(rows))
        return
    columns = _changed(spec, rows, before) if before else spec.columns
    ordered = sorted(rows, key=key_of)
    arrays = [[each.__dict__[c] for each in ordered] for c in files if c in columns]
    told = [{c: each.__dict__[c] for c in columns if c not in files} for each in ordered]
    statement = _update_files(spec.name, _shape(spec), columns)
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
    await con.execute(_delete(spec.name, _shape(spec)), *_arrays(spec, spec.primary, sorted(keys)))


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


Shape = tuple[tuple[tuple[str, str], ...], tuple[str, ...]]  # hashable: columns with types, key


def _shape(spec: Spec) -> Shape:
    return tuple((c, spec.types[c]) for c in spec.columns), spec.primary


def _q(name: str) -> str:
    return f'"{name}"'


def _unnest(columns: Sequence[tuple[str, str]], first: int = 1) -> str:
    casts = ", ".join(
        f"${n}::{'text' if kind == 'JSONB' else kind}[]"
        for n, (_, kind) in enumerate(columns, first)
    )
    return f"unnest({casts}) AS u({', '.join(_q(c) for c, _ in columns)})"


def _recordset(columns: Sequence[tuple[str, str]]) -> str:
    typed = ", ".join(f"{_q(c)} {kind}" for c, kind in columns)
    return f"json_to_recordset($1::json) AS u({typed})"


def _primary(shape: Shape) -> list[tuple[str, str]]:
    types = dict(shape[0])
    return [(c, types[c]) for c in shape[1]]


@cache
def _select_by_key(name: str, shape: Shape, lock: bool) -> str:
    columns = ", ".join(f"t.{_q(c)}" for c, _ in shape[0])
    same = " AND ".join(f"t.{_q(c)} = u.{_q(c)}" for c in shape[1])
    order = ", ".join(f"t.{_q(c)}" for c in shape[1])
    tail = f" ORDER BY {order} FOR NO KEY UPDATE OF t" if lock else ""
    return f"SELECT {columns} FROM {_q(name)} t JOIN {_unnest(_primary(shape))} ON {same}{tail}"


@cache
def _select_by_query(
    name: str,
    shape: Shape,
    columns: tuple[str, ...],
    nulls: Nulls,
    order: tuple[str, ...],
    behind: Nulls | None,
    keys_only: bool,
) -> str:
    types = dict(shape[0])
    given = [(c, types[c]) for c, null in zip(columns, nulls, strict=True) if not null]
    conditions = [f"t.{_q(c)} = u.{_q(c)}" for c, _ in given]
    conditions += [f"t.{_q(c)} IS NULL" for c, null in zip(columns, nulls, strict=True) if null]
    if behind is not None:
        conditions.append(_behind(shape, order, behind))
        given += [
            (f"_after_{o.lstrip('-')}", types[o.lstrip("-")])
            for o, null in zip(order, behind, strict=True)
            if not null
        ]
    ordered = tuple(o.lstrip("-") for o in order)  # holds the primary key
    wanted = ordered if keys_only else tuple(c for c, _ in shape[0])
    picked = ", ".join(f"t.{_q(c)}" for c in wanted)
    ranks = ", ".join(_rank(o, types[o.lstrip("-")]) for o in order)
    source = _unnest([("_place", "int"), ("_limit", "bigint"), *given])
    return (
        f"SELECT u._place, q.* FROM {source} CROSS JOIN LATERAL (SELECT {picked} FROM {_q(name)} t"
        f" WHERE {' AND '.join(conditions) or 'true'} ORDER BY {ranks} LIMIT u._limit) q"
    )


def _rank(name: str, kind: str) -> str:
    """Text is ordered by code points, as Python does: memory and database must agree."""
    back = " DESC NULLS LAST" if name.startswith("-") else ""
    return f"t.{_q(name.lstrip('-'))}{_code_points(kind)}{back}"


def _behind(shape: Shape, order: tuple[str, ...], nulls: Nulls) -> str:
    """What comes behind a place: column by column, the next where all before it are the same."""
    types, condition = dict(shape[0]), "false"
    for name, null in reversed(list(zip(order, nulls, strict=True))):
        column = name.lstrip("-")
        mine, place = f"t.{_q(column)}", f"u.{_q('_after_' + column)}{_code_points(types[column])}"
        if null:  # nothing comes behind NULL but what is NULL too
            condition = f"({mine} IS NULL AND {condition})"
            continue
        later = f"{mine} {'<' if name.startswith('-') else '>'} {place}"
        if column not in shape[1]:
            later += f" OR {mine} IS NULL"
        condition = f"({later} OR {mine} = {place} AND {condition})"
    return condition


def _code_points(kind: str) -> str:
    return ' COLLATE "C"' if kind == "TEXT" else ""


@cache
def _update(name: str, shape: Shape, primary: tuple[str, ...]) -> str:
    changes = ", ".join(f"{_q(c)} = u.{_q(c)}" for c, _ in shape[0] if c not in primary)
    same = " AND ".join(f"t.{_q(c)} = u.{_q(c)}" for c in primary)
    return f"UPDATE {_q(name)} t SET {changes} FROM {_recordset(shape[0])} WHERE {same}"


@cache
def _update_files(name: str, shape: Shape, columns: tuple[str, ...]) -> str:
    """Files come as arrays beside the JSON, in its order: a text of their bytes would be twice as
    long, and be taken apart three times."""
    given = [(c, kind) for c, kind in shape[0] if c in columns]
    plain = [(c, kind) for c, kind in given if kind != "BYTEA"]
    files = [c for c, kind in given if kind == "BYTEA"]
    typed = ", ".join(f"{_q(c)} {kind}" for c, kind in plain)
    arrays = "".join(f", unnest(${n}::bytea[])" for n, _ in enumerate(files, 2))
    names = ", ".join(_q(c) for c in [*(c for c, _ in plain), *files])
    changes = ", ".join(f"{_q(c)} = u.{_q(c)}" for c, _ in given if c not in shape[1])
    same = " AND ".join(f"t.{_q(c)} = u.{_q(c)}" for c in shape[1])
    return (
        f"UPDATE {_q(name)} t SET {changes} FROM ROWS FROM"
        f" (json_to_recordset($1::json) AS ({typed}){arrays}) AS u({names}) WHERE {same}"
    )


@cache
def _delete(name: str, shape: Shape) -> str:
    same = " AND ".join(f"t.{_q(c)} = u.{_q(c)}" for c in shape[1])
    return f"DELETE FROM {_q(name)} t USING {_unnest(_primary(shape))} WHERE {same}"
