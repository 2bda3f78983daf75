"""Who waits for the end of the log to move: one look for all of them in this process."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import structlog

log = structlog.get_logger(__name__)
LOOK = 0.4  # seconds between two looks, as long as anybody waits
MOST = 500  # who wait at a time; more are answered at once

Look = Callable[[], Awaitable[int]]


class Tail:
    """`look` gives the position of the last that was added; it is asked only while somebody waits,
    and never by two at once."""

    def __init__(self) -> None:
        self._waiting = 0
        self._seen = -1
        self._moved = asyncio.Condition()
        self._looking: asyncio.Task[None] | None = None

    async def beyond(self, position: int, seconds: float, look: Look) -> bool:
        """Whether the log came past that position within the time; False at once where too many
        wait. What has come may be for others."""
        if self._waiting >= MOST:
            return False
        self._waiting += 1
        try:
            if self._looking is None or self._looking.done():
                self._seen = -1
                self._looking = asyncio.create_task(self._look(look))
            async with asyncio.timeout(seconds), self._moved:
                await self._moved.wait_for(lambda: self._seen > position)
        except TimeoutError:
            return False
        finally:
            self._waiting -= 1
        return True

    async def _look(self, look: Look) -> None:
        while self._waiting:
            with contextlib.suppress(Exception):  # who waits asks the database itself, and hears
                self._seen = await look()
                async with self._moved:
                    self._moved.notify_all()
            await asyncio.sleep(LOOK)
