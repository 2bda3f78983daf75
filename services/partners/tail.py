"""Who waits for the end of the log to move: one look for all of them in this process."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable

import structlog

log = structlog.get_logger(__name__)
LOOK = 0.4  # seconds between two looks, as long as anybody waits
ANSWER = 5.0  # seconds that a look may take
MOST = 500  # who wait at a time; more are answered at once
OF_ONE = 50  # of one partner, so that it does not take the places of all others

Look = Callable[[], Awaitable[int]]


class Tail:
    """`look` gives the position of the last that was added; it is asked only while somebody waits,
    and never by two at once. Nobody waits any more once `ending` is set."""

    def __init__(self, ending: asyncio.Event) -> None:
        self._ending = ending
        self._waiting: Counter[str] = Counter()
        self._seen = -1
        self._moved = asyncio.Condition()
        self._looking: asyncio.Task[None] | None = None

    async def beyond(self, whose: str, position: int, seconds: float, look: Look) -> bool:
        """Whether the log came past that position within the time; False at once where too many
        wait, of all or of this partner, and where the process ends. What has come may be for
        others."""
        if self._waiting.total() >= MOST or self._waiting[whose] >= OF_ONE:
            return False
        self._waiting[whose] += 1
        try:
            if self._looking is None or self._looking.done():
                self._seen = -1
                self._looking = asyncio.create_task(self._look(look))
            async with asyncio.timeout(seconds), self._moved:
                await self._moved.wait_for(lambda: self._seen > position or self._ending.is_set())
        except TimeoutError:
            return False
        finally:
            self._waiting -= Counter([whose])  # keeps no partner of whom nobody waits
        return not self._ending.is_set()

    async def _look(self, look: Look) -> None:
        while self._waiting and not self._ending.is_set():
            with contextlib.suppress(Exception):  # who waits asks the database itself, and hears
                async with asyncio.timeout(ANSWER):
                    self._seen = await look()
                async with self._moved:
                    self._moved.notify_all()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK):
                    await self._ending.wait()
        async with self._moved:
            self._moved.notify_all()
