"""Drive the plans of a batch in lockstep, then take all its locks in one order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlmodel import SQLModel

from shared.runtime import sql
from shared.runtime.plans import Plan, Wanted
from shared.runtime.rows import Key, Query, in_order, key_of
from shared.runtime.work import Work, _Loaded, tables_in_order

_KeyList = dict[type[SQLModel], set[Key]]


async def prefetch(work: Work, plans: Sequence[Plan]) -> list[set[Any]]:
    """Read what the plans want, lock what they return; gives what each unit may ask for."""
    planned: list[set[Any]] = [set() for _ in plans]
    wanted = [_start(plan) for plan in plans]
    final: list[Sequence[Wanted]] = [() for _ in plans]
    going = dict(enumerate(wanted))
    while going:
        for place, (done, keys) in list(going.items()):
            planned[place].update(_names(keys))
            if done:
                final[place] = keys
                del going[place]
        await _read(work, [keys for _, keys in going.values()])
        for place, (_, keys) in list(going.items()):
            going[place] = _next(plans[place], [_answer(work, key) for key in keys])
    await _lock(work, [key for keys in final for key in keys])
    return planned


_Step = tuple[bool, Sequence[Wanted]]


def _start(plan: Plan) -> _Step:
    try:
        return False, next(plan)
    except StopIteration as end:
        return True, end.value or ()


def _next(plan: Plan, answers: list[Any]) -> _Step:
    try:
        return False, plan.send(answers)
    except StopIteration as end:
        return True, end.value or ()


def _address(key: tuple[type[SQLModel], Any]) -> tuple[type[SQLModel], Key]:
    row, value = key
    return row, value if isinstance(value, tuple) else (value,)


def _names(keys: Sequence[Wanted]) -> set[Any]:
    return {(k.shape, k.values) if isinstance(k, Query) else _address(k) for k in keys}


def _answer(work: Work, key: Wanted) -> Any:
    if not isinstance(key, Query):
        return work.rows[_address(key)]
    index = work._index(key.row, key.columns)
    rows = [work.rows[key.row, found] for found in index.get(key.values, ())]
    return in_order([row for row in rows if row is not None], key.order)[: key.limit]


def _split(wanted: Sequence[Wanted]) -> tuple[_KeyList, dict[tuple[Any, ...], list[Query[Any]]]]:
    """Keys by table; queries by what they ask, each time it is asked."""
    keys: _KeyList = defaultdict(set)
    queries: dict[tuple[Any, ...], list[Query[Any]]] = defaultdict(list)
    for key in wanted:
        if isinstance(key, Query):
            queries[key.shape, key.values].append(key)
        else:
            row, value = _address(key)
            keys[row].add(value)
    return keys, queries


def _together(asked: list[Query[Any]]) -> int | None:
    """Units take one after the other: as many rows as all of them may take; None is all."""
    limits = [query.limit for query in asked]
    return None if None in limits else sum(limit for limit in limits if limit is not None)


def _by_statement(
    queries: dict[tuple[Any, ...], list[Query[Any]]],
) -> dict[tuple[Any, ...], list[tuple[Query[Any], int | None]]]:
    """Queries that one statement can answer: same columns, order, and NULLs in the same places."""
    grouped: dict[tuple[Any, ...], list[tuple[Query[Any], int | None]]] = defaultdict(list)
    for asked in queries.values():
        query = asked[0]
        nulls = tuple(value is None for value in query.values)
        grouped[query.shape, nulls].append((query, _together(asked)))
    return grouped


async def _read(work: Work, rounds: Sequence[Sequence[Wanted]]) -> None:
    keys, queries = _split([key for wanted in rounds for key in wanted])
    for row in tables_in_order(list(keys)):
        missing = [key for key in keys[row] if (row, key) not in work.rows]
        found = {key_of(r): r for r in await sql.by_keys(work.con, row, missing, lock=False)}
        for key in missing:
            work.load(row, key, found.get(key))
    for group in _by_statement(queries).values():
        row = group[0][0].row
        answers = await sql.by_queries(work.con, row, group, keys_only=False)
        for (query, limit), rows in zip(group, answers, strict=True):
            for found_row in rows:
                if (row, key_of(found_row)) not in work.rows:
                    work.load(row, key_of(found_row), found_row)
            work.queries[query.shape, query.values] = _Loaded(limit, len(rows) == limit)


async def _lock(work: Work, wanted: Sequence[Wanted]) -> None:
    """Table by table in the order of models.py, rows in key order.

    A query is evaluated when the tables before it are locked, so a guard row (the seats of a
    course) that is declared first makes its answer stable.
    """
    keys, queries = _split(wanted)
    grouped = _by_statement(queries)
    rows = {*keys, *(group[0][0].row for group in grouped.values())}
    for row in tables_in_order(list(rows)):
        to_lock = set(keys[row])
        for group in grouped.values():
            if group[0][0].row is row:
                answers = await sql.by_queries(work.con, row, group, keys_only=True)
                for (query, limit), found in zip(group, answers, strict=True):
                    to_lock.update(found)
                    work.queries[query.shape, query.values] = _Loaded(limit, len(found) == limit)
        locked = {key_of(r): r for r in await sql.by_keys(work.con, row, list(to_lock), lock=True)}
        for key in to_lock:
            work.load(row, key, locked.get(key))
            work.locked.add((row, key))
