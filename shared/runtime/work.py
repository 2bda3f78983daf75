"""`Work`: one transaction and what it gathered. Commands get it; they never commit.

Everything a command does through it goes through an undo journal: when a rule refuses, what its
unit gathered is taken back, and nothing had been written yet. The runtime flushes once, at the end
of the batch.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from asyncpg import Connection
from sqlmodel import SQLModel

from shared.contracts.event import Event
from shared.runtime import tasks
from shared.runtime.envelope import Entry, entry_for, tombstone_for
from shared.runtime.gathered import (
    AppendOnlyError,
    Audit,
    DuePlan,
    Loaded,
    Origin,
    UnplannedError,
)
from shared.runtime.rows import Key, Query, in_order, is_behind, key_of, spec_of

R = TypeVar("R", bound=SQLModel)
T = TypeVar("T")
Address = tuple[type[SQLModel], Key]
_ABSENT: Any = object()
BREATH = 25  # parts of a long unit between two breaths


@dataclass
class Work:
    """One transaction and what it gathered.

    `now` is business time, the only clock of a command; `con` is for commands marked `alone`;
    others may only read by it, and what they gathered is not in the database yet.
    """

    con: Connection
    now: datetime
    service: str
    origin: Origin = field(default_factory=lambda: Origin(new_id=_no_id))
    rows: dict[Address, SQLModel | None] = field(default_factory=dict)
    stored: dict[Address, SQLModel | None] = field(default_factory=dict)  # as the database has it
    locked: set[Address] = field(default_factory=set)
    queries: dict[tuple[Any, ...], Loaded] = field(default_factory=dict)
    said: list[Entry] = field(default_factory=list)
    dues: dict[tuple[str, str], DuePlan | None] = field(default_factory=dict)
    audits: list[Audit] = field(default_factory=list)
    also: list[tuple[str, tuple[Any, ...]]] = field(default_factory=list)  # the runtime's own rows
    _planned: set[Any] = field(default_factory=set)
    _indexes: dict[type[SQLModel], dict[tuple[str, ...], dict[Key, set[Key]]]] = field(
        default_factory=dict
    )
    _journal: list[tuple[Callable[..., None], tuple[Any, ...]]] = field(default_factory=list)
    _said_before: int = 0

    # --- what a command reads -----------------------------------------------------------------

    def get(self, row: type[R], key: Any) -> R | None:
        """The row with this primary key, or None if there is none. Unplanned: a KeyError."""
        address = (row, key if isinstance(key, tuple) else (key,))
        if address not in self._planned or address not in self.rows:
            raise UnplannedError(f"{row.__name__} {key!r} was not planned")
        return self.rows[address]  # type: ignore[return-value]

    def find(self, query: Query[R]) -> list[R]:
        """The rows of a planned query as they stand now, changes of this batch included."""
        loaded = self.queries.get(query.asked)
        if loaded is None or query.asked not in self._planned:
            raise UnplannedError(f"{query.row.__name__} where {query.equal!r} was not planned")
        index = self._index(query.row, query.columns)
        keys: Iterable[Key] = index.get(query.values, ())
        if query.after is not None:
            keys = [key for key in keys if self.is_behind(query, key)]
        matching = [self.rows[query.row, key] for key in keys]
        present: list[Any] = [row for row in matching if row is not None]
        known = in_order(present, query.order)
        if loaded.last is None:
            found = known[: query.limit]
        else:
            # Behind the last one read there may be others that only the database knows.
            last = loaded.last
            found = [row for row in known if not is_behind(row, query.order, last)][: query.limit]
            if query.limit is None or len(found) < query.limit:
                asked = f"{query.row.__name__} where {query.equal!r}"
                raise UnplannedError(f"{asked}: more than planned")
        self._planned.update((query.row, key_of(row)) for row in found)
        return found

    def first(self, query: Query[R]) -> R | None:
        """The first row of a planned query, or None."""
        return next(iter(self.find(query)), None)

    # --- what it changes ----------------------------------------------------------------------

    def put(self, row: SQLModel) -> None:
        """Insert or update; later units of the batch see it by key and by query."""
        address = self._writable(row)
        if address not in self.rows:  # not looked for: the database will say if it is there
            self.stored[address] = None
        self._set(address, row)

    def delete(self, row: SQLModel) -> None:
        """Delete a row."""
        self._set(self._writable(row), None)

    def emit(self, event: Event) -> str:
        """Say something: an outbox row in this transaction. The only way. Gives the event's id."""
        entry = entry_for(event, self._said_id(event.type, event.key_of()), self)
        return self._say(entry)

    def tombstone(self, event: type[Event], key: str) -> str:
        """End the state of a key on a compacted topic."""
        return self._say(tombstone_for(event, key, self._said_id(event.type, key), self))

    def say(self, entry: Entry) -> None:
        """Put a ready-made record into the outbox (dead letters go this way)."""
        self._say(entry)

    def plan_due(
        self,
        kind: str,
        ref: str,
        due_at: datetime,
        version: int = 0,
        payload: Mapping[str, Any] | None = None,
        lane: str = "",
    ) -> None:
        """Plan or move a deadline, delay or retry; one a (kind, ref).

        `lane` is for calls outside whose kind limits how many of one lane act at once.
        """
        self._due(
            (kind, ref),
            DuePlan(
                kind,
                ref,
                due_at,
                version,
                payload or {},
                self.origin.correlation,
                self.origin.trace,
                lane,
            ),
        )

    def drop_due(self, kind: str, ref: str) -> None:
        """Take a deadline back, if there is one."""
        self._due((kind, ref), None)

    def audit(self, act: str, about: str, why: str = "") -> None:
        """Keep who did what: `act` is a dotted verb (`refund.overridden`), `about` ids, `why` the
        reason they gave. Written in this transaction, never changed."""
        self.audits.append(Audit(self.now, self.origin.by, act, about, why, self.origin.trace))
        self._journal.append((self._unaudit, ()))

    def open_task(
        self,
        kind: str,
        ref: str,
        what: str,
        about: Mapping[str, str],
        due_at: datetime | None = None,
        scope: str = "",
    ) -> None:
        """Ask a human, unless one was asked already; the plan must hold `task_key(kind, ref)`."""
        tasks.open_task(self, kind, ref, what, about, due_at, scope)

    def close_task(self, kind: str, ref: str, outcome: str = "done") -> None:
        """It needs nobody any more, if it did; the plan must hold `task_key(kind, ref)`."""
        tasks.close_task(self, kind, ref, outcome)

    def new_id(self, name: str) -> str:
        """An id: the same for the same event and name, a new UUIDv7 in an HTTP request."""
        return self.origin.new_id(name)

    async def unhurried(self, many: Sequence[T]) -> AsyncIterator[T]:
        """The parts of a long unit, one by one: now and then others run, and the database hears
        that we live. It ends a transaction that asks nothing for two seconds, for it cannot tell
        one that computes from one whose process stands still."""
        for place, one in enumerate(many, 1):
            yield one
            if place % BREATH == 0:
                await self.con.execute("SELECT 1")

    # --- for the runtime ----------------------------------------------------------------------

    def begin(self, planned: set[Any], origin: Origin) -> None:
        """Start a unit: what it planned, and where its ids come from."""
        self._planned = planned
        self.origin = origin
        self._said_before = len(self.said)

    def mark(self) -> int:
        """A place in the journal to come back to."""
        return len(self._journal)

    def back(self, mark: int) -> None:
        """Take back everything since the mark."""
        while len(self._journal) > mark:
            undo, what = self._journal.pop()
            undo(*what)

    def load(self, row: type[SQLModel], key: Key, found: SQLModel | None) -> None:
        """A row as the database has it; None is known absence."""
        address = (row, key)
        self.stored[address] = found
        self._index_out(address)
        self.rows[address] = found
        self._index_in(address)

    def is_behind(self, query: Query[Any], key: Key) -> bool:
        """Whether a row in memory comes behind the place behind which a query looks."""
        current = self.rows[query.row, key]
        return current is not None and is_behind(current, query.order, query.after or ())

    def changed(self) -> dict[type[SQLModel], list[tuple[Key, SQLModel | None, SQLModel | None]]]:
        """What differs from the database: row class → [(key, stored, current)]."""
        by_row: dict[type[SQLModel], list[Any]] = defaultdict(list)
        for address, current in self.rows.items():
            stored = self.stored.get(address)
            if current is stored:
                continue
            if stored is None or current is None or not _same(current, stored):
                by_row[address[0]].append((address[1], stored, current))
        return by_row

    # --- inside -------------------------------------------------------------------------------

    def _said_id(self, type_: str, key: str) -> str:
        # Counted within the unit: the same event says the same ids, alone or in a batch.
        return self.origin.new_id(f"{type_}/{key}/{len(self.said) - self._said_before}")

    def _say(self, entry: Entry) -> str:
        self.said.append(entry)
        self._journal.append((self._unsay, ()))
        return entry.event_id

    def _unaudit(self) -> None:
        self.audits.pop()

    def _unsay(self) -> None:
        self.said.pop()

    def _due(self, key: tuple[str, str], plan: DuePlan | None) -> None:
        self._journal.append((self._undo_due, (key, self.dues.get(key, _ABSENT))))
        self.dues[key] = plan

    def _undo_due(self, key: tuple[str, str], before: Any) -> None:
        if before is _ABSENT:
            del self.dues[key]
        else:
            self.dues[key] = before

    def _writable(self, row: SQLModel) -> Address:
        """The row's address, if this unit may write it. What only others of its batch planned or
        wrote would be overwritten unseen: alone, the database says that it is there."""
        kind, address = type(row), (type(row), key_of(row))
        if address not in self.rows:
            return address
        if address not in self._planned:
            raise UnplannedError(f"{kind.__name__} {address[1]!r} is another unit's")
        # Not even what this batch itself has put: another time it would have been a batch before.
        if spec_of(kind).append_only and self.rows[address] is not None:
            raise AppendOnlyError(f"{kind.__name__} {address[1]!r} is there: it is append-only")
        if self.stored.get(address) is not None and address not in self.locked:
            raise UnplannedError(f"{kind.__name__} {address[1]!r} was read, but not locked")
        return address

    def _set(self, address: Address, row: SQLModel | None) -> None:
        before, planned = self.rows.get(address, _ABSENT), self._planned
        self._journal.append((self._undo_set, (address, before, address in planned)))
        if address[0] not in self._indexes:  # most tables are asked no queries
            self.rows[address] = row
        else:
            self._index_out(address)
            self.rows[address] = row
            self._index_in(address)
        planned.add(address)

    def _undo_set(self, address: Address, before: Any, planned: bool) -> None:
        self._index_out(address)
        if before is _ABSENT:
            del self.rows[address]
        else:
            self.rows[address] = before
        self._index_in(address)
        if not planned:
            self._planned.discard(address)

    def _index(self, row: type[SQLModel], columns: tuple[str, ...]) -> dict[Key, set[Key]]:
        indexes = self._indexes.setdefault(row, {})
        if columns not in indexes:
            made: dict[Key, set[Key]] = defaultdict(set)
            for (kind, key), current in self.rows.items():
                if kind is row and current is not None:
                    made[tuple([getattr(current, c) for c in columns])].add(key)
            indexes[columns] = made
        return indexes[columns]

    def _index_out(self, address: Address) -> None:
        current = self.rows.get(address)
        if current is not None:
            for columns, index in self._indexes.get(address[0], {}).items():
                index[tuple([getattr(current, c) for c in columns])].discard(address[1])

    def _index_in(self, address: Address) -> None:
        current = self.rows.get(address)
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


def _no_id(name: str) -> str:
    raise RuntimeError(f"no unit has begun: an id for {name!r} has no origin")
