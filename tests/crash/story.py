"""A story that can die between two steps, and what dying is.

A story has one world (a database, the books of whoever is outside) and tells the same thing again
and again, each time of somebody else: `begin` up to where it may die, `steps` that may, and `came`,
what it came to by every book there is. Whoever died is followed by another process (`restart`): a
new service on the same database, which knows nothing else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any, Protocol

from shared.runtime.failpoint import POINTS, Point, armed
from shared.runtime.service import Service
from tests.stage import Killed, Stage

Passing = tuple[Point, int]  # a point, and for the how-many-th time it is passed
Tell = Callable[[Any, Path], AbstractAsyncContextManager["Story"]]


class Story(Protocol):
    """What `test_matrix.py` asks of each."""

    async def begin(self, who: str) -> None: ...
    async def steps(self) -> None: ...
    async def restart(self) -> None: ...
    async def came(self) -> dict[str, Any]: ...


@contextmanager
def passing(act: Callable[[Passing], None]) -> Iterator[None]:
    """`act` is told each point that is passed in this block, with its count."""
    seen: Counter[Point] = Counter()

    def pass_by(point: Point) -> None:
        seen[point] += 1
        act((point, seen[point]))

    with ExitStack() as all_points:
        for each in POINTS:
            all_points.enter_context(armed(each, lambda each=each: pass_by(each)))
        yield


async def passed(steps: Callable[[], Awaitable[None]]) -> list[Passing]:
    """Every point on the way of who does not die, in order."""
    seen: list[Passing] = []
    with passing(seen.append):
        await steps()
    return seen


async def dies(steps: Callable[[], Awaitable[None]], where: Passing) -> bool:
    """Whether it came there: it ends there, and passes no other point behind it."""
    dead = False

    def look(here: Passing) -> None:
        nonlocal dead
        dead = dead or here == where
        if dead:
            raise Killed(here[0])

    try:
        with passing(look):
            await steps()
    except Killed:
        pass
    return dead


class Lives:
    """The processes of a story, one after another."""

    def __init__(self, stage: Stage, build: Callable[[], Service]) -> None:
        self._stage = stage
        self._build = build
        self._running: AbstractAsyncContextManager[Any] | None = None

    async def next(self) -> Service:
        """The one that follows: what its forerunner held is free, its leases have run out."""
        await self.end()
        for db in (self._stage.service.api_db, self._stage.service.worker_db):
            await db.close()
        service = self._build()
        self._running = service.app.router.lifespan_context(service.app)
        await self._running.__aenter__()
        return service

    async def end(self) -> None:
        running, self._running = self._running, None
        if running is not None:
            await running.__aexit__(None, None, None)
