"""Drive the plans of a batch in lockstep, then take all its locks in one order.

What a unit only reads is read again once its locks are held. Else this could happen: it reads a
person; somebody changes the person, locks the registration, decides it anew and commits; then it
gets the lock on that registration, and decides by the person of before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from sqlmodel import SQLModel

from shared.errors import Refusal
from shared.runtime import sql
from shared.runtime.gathered import Loaded
from shared.runtime.plans import Plan, Wanted
from shared.runtime.rows import Key, Query, in_order, key_of, place_of, spec_of, tables_in_order
from shared.runtime.work import Work

_KeyList = dict[type[SQLModel], set[Key]]


async def prefetch(
    work: Work, plans: Sequence[Plan]
) -> tuple[list[set[Any]], list[Refusal | None]]:
    """Read what the plans want, lock what they return.

    Gives what each unit may ask for, and the refusal of each plan that came to one.
    """
    planned: list[set[Any]] = [set() for _ in plans]
    refused: list[Refusal | None] = [None for _ in plans]
    final: list[Sequence[Wanted]] = [() for _ in plans]

    def go(place: int, answers: list[Any] | None) -> _Step:
        try:
            return False, next(plans[place]) if answers is None else plans[place].send(answers)
        except StopIteration as end:
            return True, end.value or ()
        except Refusal as why:
            refused[place] = why
            return True, ()

    going = {place: go(place, None) for place in range(len(plans))}
    asked: list[Wanted] = []
    while going:
        for place, (done, keys) in list(going.items()):
            planned[place].update(_names(keys))
            if done:
                final[place] = keys
                del going[place]
        rounds = [keys for _, keys in going.values()]
        await _read(work, rounds)
        asked += [key for keys in rounds for key in keys]
        for place, (_, keys) in list(going.items()):
            going[place] = go(place, [_answer(work, key) for key in keys])
    locked = [key for keys in final for key in keys]
    await _lock(work, locked)
    if locked and asked:
        await _read_again(work, asked, locked)
    return planned, refused


_Step = tuple[bool, Sequence[Wanted]]


def _address(key: tuple[type[SQLModel], Any]) -> tuple[type[SQLModel], Key]:
    row, value = key
    return row, value if isinstance(value, tuple) else (value,)


def _names(keys: Sequence[Wanted]) -> set[Any]:
    return {k.asked if isinstance(k, Query) else _address(k) for k in keys}


def _answer(work: Work, key: Wanted) -> Any:
    if not isinstance(key, Query):
        return work.held.now[_address(key)]
    rows = [work.held.now[key.row, found] for found in work.held.matching(key)]
    return in_order([row for row in rows if row is not None], key.order)[: key.limit]


def _split(wanted: Sequence[Wanted]) -> tuple[_KeyList, dict[tuple[Any, ...], list[Query[Any]]]]:
    """Keys by table; queries by what they ask, each time it is asked."""
    keys: _KeyList = defaultdict(set)
    queries: dict[tuple[Any, ...], list[Query[Any]]] = defaultdict(list)
    for key in wanted:
        if isinstance(key, Query):
            queries[key.asked].append(key)
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
        grouped[query.shape, sql.nulls_of(query)].append((query, _together(asked)))
    return grouped


async def _read(work: Work, rounds: Sequence[Sequence[Wanted]]) -> None:
    keys, queries = _split([key for wanted in rounds for key in wanted])
    for row in tables_in_order(list(keys)):
        missing = [key for key in keys[row] if (row, key) not in work.held.now]
        found = {key_of(r): r for r in await sql.by_keys(work.con, row, missing, lock=False)}
        for key in missing:
            work.held.load(row, key, found.get(key))
    for group in _by_statement(queries).values():
        row = group[0][0].row
        answers = await sql.by_queries(work.con, row, group, keys_only=False)
        for (query, limit), rows in zip(group, answers, strict=True):
            for found_row in rows:
                if (row, key_of(found_row)) not in work.held.now:
                    work.held.load(row, key_of(found_row), found_row)
            work.held.queries[query.asked] = _loaded(query, limit, rows)


async def _read_again(work: Work, asked: Sequence[Wanted], locked: Sequence[Wanted]) -> None:
    """Whatever was asked for without a lock, as it is now."""
    keys, queries = _split(asked)
    for row in tables_in_order(list(keys)):
        free = [key for key in keys[row] if (row, key) not in work.held.locked]
        found = {key_of(r): r for r in await sql.by_keys(work.con, row, free, lock=False)}
        for key in free:
            work.held.load(row, key, found.get(key))
    _, again = _split(locked)
    only_read = {name: each for name, each in queries.items() if name not in again}
    for group in _by_statement(only_read).values():
        row = group[0][0].row
        answers = await sql.by_queries(work.con, row, group, keys_only=False)
        now = {key_of(each): each for rows in answers for each in rows}
        before: set[Key] = set()  # gone, changed, or behind the limit
        for (query, limit), rows in zip(group, answers, strict=True):
            work.held.queries[query.asked] = _loaded(query, limit, rows)
            before.update(work.held.matching(query))
        others = await sql.by_keys(work.con, row, list(before - now.keys()), lock=False)
        now |= {key_of(each): each for each in others}
        for key in before | now.keys():
            if (row, key) not in work.held.locked:
                work.held.load(row, key, now.get(key))


def _loaded(query: Query[Any], limit: int | None, rows: Sequence[Any]) -> Loaded:
    return Loaded(place_of(rows[-1], query.order) if rows and len(rows) == limit else None)


async def _lock(work: Work, wanted: Sequence[Wanted]) -> None:
    """Table by table in the order of models.py, rows in key order.

    A query is evaluated when the tables before it are locked, so a guard row (the seats of a
    course) that is declared first makes its answer stable. What an earlier round read of a query
    is locked with it: read without a lock, it may have gone since.

    Rows of append-only tables cannot change, and the service may not even lock them: they are read
    at their place in the order, unlocked. Others are added only by whoever holds their guard row,
    and that is locked by then, for it is declared before them.
    """
    keys, queries = _split(wanted)
    grouped = _by_statement(queries)
    rows = {*keys, *(group[0][0].row for group in grouped.values())}
    for row in tables_in_order(list(rows)):
        to_lock, spec = set(keys[row]), spec_of(row)
        for group in grouped.values():
            if group[0][0].row is row:
                answers = await sql.by_queries(work.con, row, group, keys_only=True)
                for (query, limit), found in zip(group, answers, strict=True):
                    to_lock.update(tuple(r[column] for column in spec.primary) for r in found)
                    to_lock.update(work.held.matching(query))
                    ends = [SimpleNamespace(**record) for record in found[-1:]]
                    full = len(found) == limit
                    work.held.queries[query.asked] = _loaded(query, 1 if full else None, ends)
        lock = not spec.append_only
        rows_now = await sql.by_keys(work.con, row, list(to_lock), lock=lock)
        now = {key_of(each): each for each in rows_now}
        for key in to_lock:
            work.held.load(row, key, now.get(key))
            work.held.locked.add((row, key))
