"""What calls outside came to, recorded together: one transaction for all that came meanwhile.

A call that ends while nothing is being recorded is recorded at once, alone. Those that end during
that transaction make up the next one, in the order in which they ended.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from shared.runtime.claims import CallUnit

MOST = 100  # a transaction


class Recording:
    """The outcomes of one kind of call in this process; `through` commits them, however often it
    must try."""

    def __init__(self, through: Callable[[Sequence[CallUnit]], Awaitable[None]]) -> None:
        self._through = through
        self._waiting: list[tuple[CallUnit, asyncio.Future[None]]] = []
        self._task: asyncio.Task[None] | None = None

    async def record(self, unit: CallUnit) -> None:
        """Returns when it is committed. Who is cancelled while waiting records nothing, unless it
        is on its way."""
        recorded: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((unit, recorded))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())
        await recorded

    async def _run(self) -> None:
        while self._waiting:
            part, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            part = [one for one in part if not one[1].done()]
            try:
                await self._through([unit for unit, _ in part])
            except BaseException as why:
                _tell(part + self._waiting, why)
                self._waiting = []
                raise
            _tell(part, None)


def _tell(
    waiting: Sequence[tuple[CallUnit, asyncio.Future[None]]], why: BaseException | None
) -> None:
    for _, recorded in waiting:
        if recorded.done():
            continue
        if why is None:
            recorded.set_result(None)
        elif isinstance(why, asyncio.CancelledError):
            recorded.cancel()
        else:
            recorded.set_exception(why)
