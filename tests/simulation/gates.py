"""Connections that can be made to stop before a statement, so that two transactions are open at once.

Of two tasks the first stops where it was told to. The second runs until it is done, or waits for a
lock that the first one holds: Postgres says so. Then the first goes on to its end, and only then the
second. What each of them reads and writes follows from that and from no clock.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any

import asyncpg

COMMIT, DEADLOCK = "COMMIT;", "a deadlock"
_BLOCKED = "SELECT $1::int = ANY(pg_blocking_pids($2::int))"
_LOOK = 0.005  # seconds between two looks whether the second one waits


class Gate:
    """What a task passes with each statement; `stop` says before which it stops, once."""

    def __init__(self, stop: Callable[[str], bool] | None = None) -> None:
        self._stop = stop
        self.pid = 0  # of the connection of its latest statement
        self.stopped, self.go = asyncio.Event(), asyncio.Event()
        self.answered = asyncio.Event()  # the answers of statements arrive
        self.answered.set()
        self.deadlocked = False

    async def before(self, con: asyncpg.Connection, statement: str) -> None:
        self.pid = con.get_server_pid()
        if self._stop is not None and self._stop(statement):
            self._stop = None
            self.stopped.set()
            await self.go.wait()

    async def after(self) -> None:
        await self.answered.wait()


_GATE: ContextVar[Gate | None] = ContextVar("gate", default=None)


class Gated(asyncpg.Connection):
    """A connection whose statements pass the gate of their task, if it has one."""

    __slots__ = ()

    async def execute(self, query: str, *args: Any, **options: Any) -> Any:
        return await self._pass(query, super().execute(query, *args, **options))

    async def fetch(self, query: str, *args: Any, **options: Any) -> Any:
        return await self._pass(query, super().fetch(query, *args, **options))

    async def fetchval(self, query: str, *args: Any, **options: Any) -> Any:
        return await self._pass(query, super().fetchval(query, *args, **options))

    async def fetchrow(self, query: str, *args: Any, **options: Any) -> Any:
        return await self._pass(query, super().fetchrow(query, *args, **options))

    async def copy_records_to_table(self, table_name: str, **options: Any) -> Any:
        return await self._pass("COPY", super().copy_records_to_table(table_name, **options))

    async def _pass(self, statement: str, answer: Awaitable[Any]) -> Any:
        gate = _GATE.get()
        if gate is None:
            return await answer
        await gate.before(self, statement)
        try:
            return await answer
        except asyncpg.DeadlockDetectedError:
            gate.deadlocked = True
            raise
        finally:
            await gate.after()


async def both(
    first: Callable[[], Awaitable[object]],
    second: Callable[[], Awaitable[object]],
    stop: Callable[[str], bool],
    looker: asyncpg.Connection,
) -> str:
    """Do both at once; gives what came of it: "apart" (the first never came to where it stops),
    "at once" (the second ended while the first stood still), "one waited" (for a lock), or that both
    waited for each other."""
    held, free = Gate(stop), Gate()
    one = _through(held, first)
    stopped = asyncio.ensure_future(held.stopped.wait())
    await asyncio.wait({one, stopped}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    came = "apart" if one.done() else "at once"
    other = _through(free, second)
    if not one.done():
        goes, waits = (other, free), (one, held)
        while await _is_stopped(*goes, waits[1], looker):
            came = "one waited"
            goes[1].answered.clear()  # it goes on when the other one is done, or waits for it
            waits[1].go.set()
            waits[1].answered.set()
            goes, waits = waits, goes
        held.go.set()
        waits[1].answered.set()
    await asyncio.wait({one, other})
    one.result()
    other.result()
    return DEADLOCK if held.deadlocked or free.deadlocked else came


async def _is_stopped(
    task: asyncio.Task[object], gate: Gate, other: Gate, looker: asyncpg.Connection
) -> bool:
    """Once the task is done, or waits for a lock of the other one's: whether it waits."""
    while not (await asyncio.wait({task}, timeout=_LOOK))[0]:
        if gate.pid and await looker.fetchval(_BLOCKED, other.pid, gate.pid):
            return True
    return False


def _through(gate: Gate, work: Callable[[], Awaitable[object]]) -> asyncio.Task[object]:
    """A task of its own, with all that it begins, behind the gate."""

    async def run() -> object:
        _GATE.set(gate)
        return await work()

    return asyncio.create_task(run())
