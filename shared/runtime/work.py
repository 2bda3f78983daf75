"""`Work`: one transaction and what it gathered. Commands get it; they never commit.

Everything a command does through it goes through an undo journal: when a rule refuses, what its
unit gathered is taken back, and nothing had been written yet. The runtime flushes once, at the end
of the batch.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from asyncpg import Connection
from sqlmodel import SQLModel

from shared.contracts.event import Event
from shared.runtime import tasks
from shared.runtime.envelope import Entry, entry_for, tombstone_for
from shared.runtime.gathered import AppendOnlyError, Audit, DuePlan, Origin, UnplannedError
from shared.runtime.held import ABSENT, Address, Change, Held
from shared.runtime.rows import Query, in_order, is_behind, key_of, spec_of

R = TypeVar("R", bound=SQLModel)
T = TypeVar("T")
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
    held: Held = field(default_factory=Held)
    said: list[Entry] = field(default_factory=list)
    dues: dict[tuple[str, str], DuePlan | None] = field(default_factory=dict)
    audits: list[Audit] = field(default_factory=list)
    also: list[tuple[str, tuple[Any, ...]]] = field(default_factory=list)  # the runtime's own rows
    _planned: set[Any] = field(default_factory=set)
    # How to undo, and what with. Nothing in it holds this `Work`, else all of a batch would stay
    # until the collector of cycles comes by, and be the most of what it has to look at.
    _journal: list[tuple[Callable[..., object], tuple[Any, ...]]] = field(default_factory=list)
    _said_before: int = 0

    # --- what a command reads -----------------------------------------------------------------

    def get(self, row: type[R], key: Any) -> R | None:
        """The row with this primary key, or None if there is none. Unplanned: a KeyError."""
        address = (row, key if isinstance(key, tuple) else (key,))
        if address not in self._planned or address not in self.held.now:
            raise UnplannedError(f"{row.__name__} {key!r} was not planned")
        return self.held.now[address]  # type: ignore[return-value]

    def find(self, query: Query[R]) -> list[R]:
        """The rows of a planned query as they stand now, changes of this batch included."""
        loaded = self.held.queries.get(query.asked)
        if loaded is None or query.asked not in self._planned:
            raise UnplannedError(f"{query.row.__name__} where {query.equal!r} was not planned")
        matching = [self.held.now[query.row, key] for key in self.held.matching(query)]
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

    def changed(self, row: type[SQLModel]) -> list[Change]:
        """What the batch has changed of a table by now."""
        return self.held.changed().get(row, [])

    # --- what it changes ----------------------------------------------------------------------

    def put(self, row: SQLModel) -> None:
        """Insert or update; later units of the batch see it by key and by query."""
        self._set(self._writable(row), row)

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
        story = self.origin.correlation, self.origin.trace
        self._due((kind, ref), DuePlan(kind, ref, due_at, version, payload or {}, *story, lane))

    def drop_due(self, kind: str, ref: str) -> None:
        """Take a deadline back, if there is one."""
        self._due((kind, ref), None)

    def audit(self, act: str, about: str, why: str = "") -> None:
        """Keep who did what: `act` is a dotted verb (`refund.overridden`), `about` ids, `why` the
        reason they gave. Written in this transaction, never changed."""
        self.audits.append(Audit(self.now, self.origin.by, act, about, why, self.origin.trace))
        self._journal.append((list.pop, (self.audits,)))

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
        """Start a unit: what it planned, and where its ids come from. What came before it stays."""
        self._journal.clear()
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

    # --- inside -------------------------------------------------------------------------------

    def _said_id(self, type_: str, key: str) -> str:
        # Counted within the unit: the same event says the same ids, alone or in a batch.
        return self.origin.new_id(f"{type_}/{key}/{len(self.said) - self._said_before}")

    def _say(self, entry: Entry) -> str:
        self.said.append(entry)
        self._journal.append((list.pop, (self.said,)))
        return entry.event_id

    def _due(self, key: tuple[str, str], plan: DuePlan | None) -> None:
        self._journal.append((_undo_due, (self.dues, key, self.dues.get(key, ABSENT))))
        self.dues[key] = plan

    def _writable(self, row: SQLModel) -> Address:
        """The row's address, if this unit may write it. What only others of its batch planned or
        wrote would be overwritten unseen: alone, the database says that it is there."""
        kind, address = type(row), (type(row), key_of(row))
        if address not in self.held.now:
            return address
        if address not in self._planned:
            raise UnplannedError(f"{kind.__name__} {address[1]!r} is another unit's")
        # Not even what this batch itself has put: another time it would have been a batch before.
        if spec_of(kind).append_only and self.held.now[address] is not None:
            raise AppendOnlyError(f"{kind.__name__} {address[1]!r} is there: it is append-only")
        if self.held.stored.get(address) is not None and address not in self.held.locked:
            raise UnplannedError(f"{kind.__name__} {address[1]!r} was read, but not locked")
        return address

    def _set(self, address: Address, row: SQLModel | None) -> None:
        before, planned = self.held.now.get(address, ABSENT), self._planned
        new = planned if address not in planned else None
        self._journal.append((_undo_set, (self.held, address, before, new)))
        self.held.change(address, row)
        planned.add(address)


def _undo_due(dues: dict[tuple[str, str], DuePlan | None], key: tuple[str, str], to: Any) -> None:
    if to is ABSENT:
        del dues[key]
    else:
        dues[key] = to


def _undo_set(held: Held, address: Address, to: Any, new: set[Any] | None) -> None:
    held.back(address, to)
    if new is not None:  # it was not among what is planned before
        new.discard(address)


def _no_id(name: str) -> str:
    raise RuntimeError(f"no unit has begun: an id for {name!r} has no origin")
