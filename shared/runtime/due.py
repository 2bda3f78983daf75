"""Deadlines, delays and retries: planned by commands, done by the sweep when business time comes.

    dues = Dues()

    @dues.inside("expire_hold")
    @needs(lambda due: [(Registration, due.ref)])
    async def expire_hold(work: Work, due: Due) -> None: ...

    dues.outside("submit_refund", prepare=claim_refund, act=gateway.refund, record=record_refund)
    dues.walk("earn_course", over=registrations_of, each=earn_one)

Inside kinds are commands on `work`. Outside kinds act on the world between two transactions
(`outside.py`). A walk does an inside kind for each of many rows (`walks.py`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from asyncpg import Record

from shared.runtime.gathered import UNBEGUN
from shared.runtime.rows import Query
from shared.runtime.walks import SIZE, Walk, end_kind, row_kind
from shared.runtime.work import Work

Command = Callable[[Work, Any], Awaitable[Any]]
C = TypeVar("C", bound=Callable[..., Awaitable[Any]])


@dataclass(frozen=True)
class Due:
    """A deadline that has come. `attempts` counts how often it was claimed, this time included."""

    id: int
    kind: str
    ref: str
    due_at: datetime
    version: int
    payload: Mapping[str, Any] = field(default_factory=dict)
    attempts: int = 0
    correlation: str | None = None  # of what planned it, so that a story stays one
    trace: str | None = None
    lane: str = ""
    begun: bool = False  # an earlier claim never came back, and may have done it


@dataclass(frozen=True)
class Outside:
    """An outside kind: prepare (transaction 1), act (none open), record (transaction 2).

    At most `concurrency` calls act at once in this process, and of one lane (an endpoint, a mail
    domain) at most `per_lane`, so that one that does not answer costs the others nothing. Lanes are
    for hundreds, perhaps thousands: each claim hops through all that have something planned.

    While calls act, no more are claimed until there is room for `at_once` of them: calls that are
    many and short are claimed and prepared together, while those before them still act; and as many
    are recorded together, if they come within a moment; no more are waited for than are under way.

    Where an outcome cannot be looked up, little should be left in doubt: with `begun_seconds`,
    `act` is given a second argument, to be awaited right before what cannot be taken back. It
    commits that it may be done from here on (those that are there together), and gives the claim so
    many seconds more; before it, a claim that ran out has done nothing (`Due.begun` is False).
    """

    kind: str
    prepare: Command
    act: Callable[..., Awaitable[Any]]
    record: Command
    concurrency: int = 8
    lease_seconds: int = 60
    per_lane: int | None = None
    at_once: int = 1
    begun_seconds: int = 0


class Dues:
    """The kinds of deadlines of a service."""

    def __init__(self) -> None:
        self.insides: dict[str, Command] = {}
        self.outsides: dict[str, Outside] = {}

    def inside(self, kind: str) -> Callable[[C], C]:
        """A command on `work`, run when the deadline comes; its argument is the `Due`."""

        def add(command: C) -> C:
            self._check(kind)
            self.insides[kind] = command
            return command

        return add

    def outside(
        self,
        kind: str,
        *,
        prepare: Command,
        act: Callable[..., Awaitable[Any]],
        record: Command,
        concurrency: int = 8,
        lease_seconds: int = 60,
        per_lane: int | None = None,
        at_once: int = 1,
        begun_seconds: int = 0,
    ) -> None:
        """A call to the world outside; see `outside.py` for what happens when."""
        self._check(kind)
        if not 1 <= at_once <= concurrency:
            raise ValueError(f"{kind}: there is never room for {at_once} at once")
        self.outsides[kind] = Outside(
            kind,
            prepare,
            act,
            record,
            concurrency,
            lease_seconds,
            per_lane,
            at_once,
            begun_seconds,
        )

    def walk(
        self,
        kind: str,
        *,
        over: Callable[[Due], Query[Any]],
        each: Command,
        through: Command | None = None,
        size: int = SIZE,
    ) -> None:
        """Do `each` for the rows that `over` asks for, then `through`; see `walks.py`."""
        self.inside(kind)(Walk(kind, over, size, has_end=through is not None))
        self.inside(row_kind(kind))(each)
        if through is not None:
            self.inside(end_kind(kind))(through)

    def _check(self, kind: str) -> None:
        if kind in self.insides or kind in self.outsides:
            raise ValueError(f"{kind} is there already")


def due_of(record: Record) -> Due:
    """A row of the due table."""
    payload = record["payload"]
    begun = record["attempts"] > 1 and UNBEGUN not in payload
    return Due(
        id=record["id"],
        kind=record["kind"],
        ref=record["ref"],
        due_at=record["due_at"],
        version=record["version"],
        payload={name: value for name, value in payload.items() if name != UNBEGUN},
        attempts=record["attempts"],
        correlation=record["correlation"],
        trace=record["trace"],
        lane=record["lane"],
        begun=begun,
    )
