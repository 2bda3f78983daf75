"""How far many things are that take long, and doing them some at a time."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

AT_ONCE = 48  # people who act at the same time
SHOW = 5.0  # seconds between two lines of progress


def say(text: str) -> None:
    """To whoever watches."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


@dataclass
class Progress:
    """How far something is, at what rate, and about how long it still takes."""

    what: str
    total: int
    done: int = 0
    tell: Callable[[str], None] = say
    _began: float = field(default_factory=monotonic)
    _shown: float = field(default_factory=monotonic)

    def did(self, count: int = 1) -> None:
        """So many more; says it every few seconds."""
        self.done += count
        now = monotonic()
        if now - self._shown >= SHOW or self.done == self.total:
            self._shown = now
            self.tell(self.told(now - self._began))

    def told(self, seconds: float) -> str:
        """In words, after so many seconds."""
        rate = self.done / max(seconds, 1e-3)
        left = (self.total - self.done) / rate if rate else 0.0
        return (
            f"{self.what}: {self.done:,} of {self.total:,}, {rate:,.0f}/s, about {left:,.0f} s left"
        )


async def together(
    some: Iterable[Any],
    act: Callable[[Any], Awaitable[None]],
    progress: Progress | None = None,
    at_once: int = AT_ONCE,
) -> None:
    """All of them act, so many at a time; raises what one of them raised."""
    waiting = iter(some)

    async def one_after_another() -> None:
        for one in waiting:
            await act(one)
            if progress is not None:
                progress.did(len(one) if isinstance(one, list) else 1)

    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(one_after_another())
