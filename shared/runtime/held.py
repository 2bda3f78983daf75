"""The rows a batch holds in memory: as the database has them, and as they are by now.

Each is found by its key, and by the columns that its units' queries ask for, changes included. It
knows no unit: who may ask for a row, and who may write it, `Work` says.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import SQLModel

from shared.runtime.gathered import Loaded
from shared.runtime.rows import Key, Query, is_behind, spec_of

Address = tuple[type[SQLModel], Key]
Change = tuple[Key, SQLModel | None, SQLModel | None]  # its key, as it was stored, as it is now
ABSENT: Any = object()


@dataclass
class Held:
    """Rows by address; None is known absence."""

    now: dict[Address, SQLModel | None] = field(default_factory=dict)
    stored: dict[Address, SQLModel | None] = field(default_factory=dict)  # as the database has it
    locked: set[Address] = field(default_factory=set)
    queries: dict[tuple[Any, ...], Loaded] = field(default_factory=dict)
    _indexes: dict[type[SQLModel], dict[tuple[str, ...], dict[Key, set[Key]]]] = field(
        default_factory=dict
    )

    def load(self, row: type[SQLModel], key: Key, found: SQLModel | None) -> None:
        """A row as the database has it."""
        address = (row, key)
        self.stored[address] = found
        self._index_out(address)
        self.now[address] = found
        self._index_in(address)

    def change(self, address: Address, row: SQLModel | None) -> None:
        """A row as it is from here on; None: it is gone."""
        if address not in self.now:  # not looked for: the database will say if it is there
            self.stored[address] = None
        if address[0] not in self._indexes:  # most tables are asked no queries
            self.now[address] = row
        else:
            self._index_out(address)
            self.now[address] = row
            self._index_in(address)

    def back(self, address: Address, before: Any) -> None:
        """A row as it was before a change; ABSENT: nothing was known of it."""
        self._index_out(address)
        if before is ABSENT:
            del self.now[address]
        else:
            self.now[address] = before
        self._index_in(address)

    def matching(self, query: Query[Any]) -> Iterable[Key]:
        """Keys of the rows that a query matches, those before its place left out; unordered."""
        found = self._index(query.row, query.columns).get(query.values, ())
        if query.after is None:
            return found
        return [key for key in found if self._is_behind(query, key)]

    def changed(self) -> dict[type[SQLModel], list[Change]]:
        """What differs from the database, by table."""
        by_row: dict[type[SQLModel], list[Change]] = defaultdict(list)
        for address, current in self.now.items():
            stored = self.stored.get(address)
            if current is stored:
                continue
            if stored is None or current is None or not _same(current, stored):
                by_row[address[0]].append((address[1], stored, current))
        return by_row

    def _is_behind(self, query: Query[Any], key: Key) -> bool:
        current = self.now[query.row, key]
        return current is not None and is_behind(current, query.order, query.after or ())

    def _index(self, row: type[SQLModel], columns: tuple[str, ...]) -> dict[Key, set[Key]]:
        indexes = self._indexes.setdefault(row, {})
        if columns not in indexes:
            made: dict[Key, set[Key]] = defaultdict(set)
            for (kind, key), current in self.now.items():
                if kind is row and current is not None:
                    made[tuple([getattr(current, c) for c in columns])].add(key)
            indexes[columns] = made
        return indexes[columns]

    def _index_out(self, address: Address) -> None:
        current = self.now.get(address)
        if current is not None:
            for columns, index in self._indexes.get(address[0], {}).items():
                index[tuple([getattr(current, c) for c in columns])].discard(address[1])

    def _index_in(self, address: Address) -> None:
        current = self.now.get(address)
        if current is not None:
            for columns, index in self._indexes.get(address[0], {}).items():
                index[tuple([getattr(current, c) for c in columns])].add(address[1])


def _same(current: SQLModel, stored: SQLModel) -> bool:
    """Whether the database would hold the same. In JSON `1` and `true` are two things, which Python
    calls equal; how an object is ordered is none. Looked into only where Python says equal."""
    ours, theirs = current.__dict__, stored.__dict__
    if ours != theirs:
        return False
    types = spec_of(type(current)).types
    return all(_same_json(ours[c], theirs[c]) for c, kind in types.items() if kind == "JSONB")


def _same_json(ours: Any, theirs: Any) -> bool:
    if ours is theirs:
        return True
    if isinstance(ours, dict):
        return all(_same_json(value, theirs[name]) for name, value in ours.items())
    if isinstance(ours, list | tuple):
        return all(map(_same_json, ours, theirs))
    return isinstance(ours, bool) is isinstance(theirs, bool)
