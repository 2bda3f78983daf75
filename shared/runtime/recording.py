"""What calls outside came to, recorded together: one transaction for all that came meanwhile. So is
that they begin.

A call that ends while nothing is being recorded is recorded at once, alone; those that end during
that transaction make up the next one, in the order in which they ended. Where calls are many and
short (`at_once`), a transaction waits a moment for so many of them, unless no more are under way.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, TypeVar

T = TypeVar("T")
MOST = 100  # a transaction
MOMENT = 0.5  # seconds; far less than any lease


class Recording(Generic[T]):
    """The outcomes of one kind of call in this process; `through` commits them, however often it
    must try. `enough` of them are waited for, if only for a moment, and never for more than are
    `under_way`, those that wait included."""

    def __init__(
        self,
        through: Callable[[Sequence[T]], Awaitable[None]],
        enough: int = 1,
        under_way: Callable[[], int] = lambda: MOST,
    ) -> None:
        self._through = through
        self._enough = min(enough, MOST)
        self._under_way = under_way
        self._full = asyncio.Event()
        self._waiting: list[tuple[T, asyncio.Future[None]]] = []
        self._task: asyncio.Task[None] | None = None

    async def record(self, unit: T) -> None:
        """Returns when it is committed. Who is cancelled while waiting records nothing, unless it
        is on its way."""
        recorded: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((unit, recorded))
        self.look()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())
        await recorded

    def look(self) -> None:
        """Some call has ended: perhaps there is nobody left to wait for."""
        if len(self._waiting) >= min(self._enough, self._under_way()):
            self._full.set()

    async def _run(self) -> None:
        while self._waiting:
            await self._gather()
            part, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            part = [one for one in part if not one[1].done()]
            if not part:  # nobody waits any more
                continue
            try:
                await self._through([unit for unit, _ in part])
            except BaseException as why:
                _tell(part + self._waiting, why)
                self._waiting = []
                if isinstance(why, asyncio.CancelledError):
                    raise
                return  # all who are there to hear it have heard
            _tell(part, None)

    async def _gather(self) -> None:
        self._full.clear()
        self.look()
        if not self._full.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(MOMENT):
                    await self._full.wait()


def _tell(waiting: Sequence[tuple[Any, asyncio.Future[None]]], why: BaseException | None) -> None:
    for _, recorded in waiting:
        if recorded.done():
            continue
        if why is None:
            recorded.set_result(None)
        elif isinstance(why, asyncio.CancelledError):
            recorded.cancel()
        else:
            recorded.set_exception(why)
