"""The text of each statement by which a table is read, locked and written: one for any number of
rows. Pure, and made once for each shape of a table.

Keys come as one array a column, changed rows as one JSON text, files as arrays beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from shared.runtime.rows import Spec

Nulls = tuple[bool, ...]
Shape = tuple[tuple[tuple[str, str], ...], tuple[str, ...]]  # hashable: columns with types, key


def shape_of(spec: Spec) -> Shape:
    """The columns with their types, and which of them are the key."""
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
def select_by_key(name: str, shape: Shape, lock: bool) -> str:
    """Rows by primary keys; locked in their order if asked."""
    columns = ", ".join(f"t.{_q(c)}" for c, _ in shape[0])
    same = " AND ".join(f"t.{_q(c)} = u.{_q(c)}" for c in shape[1])
    order = ", ".join(f"t.{_q(c)}" for c in shape[1])
    tail = f" ORDER BY {order} FOR NO KEY UPDATE OF t" if lock else ""
    return f"SELECT {columns} FROM {_q(name)} t JOIN {_unnest(_primary(shape))} ON {same}{tail}"


@cache
def select_by_query(
    name: str,
    shape: Shape,
    columns: tuple[str, ...],
    nulls: Nulls,
    order: tuple[str, ...],
    behind: Nulls | None,
    keys_only: bool,
) -> str:
    """For each of many queries of one shape its number as `_place`, and its rows in its order.

    `nulls` are the columns asked to be NULL, which take no array; `behind` the same of a place.
    """
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
def update(name: str, shape: Shape) -> str:
    """Whole rows, from one JSON text."""
    changes = ", ".join(f"{_q(c)} = u.{_q(c)}" for c, _ in shape[0] if c not in shape[1])
    same = " AND ".join(f"t.{_q(c)} = u.{_q(c)}" for c in shape[1])
    return f"UPDATE {_q(name)} t SET {changes} FROM {_recordset(shape[0])} WHERE {same}"


@cache
def update_files(name: str, shape: Shape, columns: tuple[str, ...]) -> str:
    """These columns of rows with files, which come as arrays beside the JSON, in its order: a text
    of their bytes would be twice as long, and be taken apart three times."""
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
def delete(name: str, shape: Shape) -> str:
    """Rows by primary keys."""
    same = " AND ".join(f"t.{_q(c)} = u.{_q(c)}" for c in shape[1])
    return f"DELETE FROM {_q(name)} t USING {_unnest(_primary(shape))} WHERE {same}"
