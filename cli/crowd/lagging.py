"""How old the oldest of what is not yet handled is, looked at from outside each second.

Of each outbox and of each consumer group's partitions it is noted how far they were said at each
look. What is not done now and was not yet said at an earlier look is no older than that look: so an
age is never less than it was, and up to the time between two looks more.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Hashable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from time import monotonic
from types import TracebackType
from typing import Self

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from shared.runtime.kafka import client_of

EVERY = 1.0  # seconds between two looks
_OUTBOX = "SELECT min(id) AS first, max(id) AS last FROM outbox"


@dataclass
class Ages:
    """Of streams that only grow: `done` of `end` numbers are handled."""

    _ends: dict[Hashable, deque[tuple[float, int]]] = field(default_factory=dict)

    def note(self, stream: Hashable, at: float, done: int, end: int) -> float:
        """Seconds since which its oldest may have waited; 0 where all is done."""
        seen = self._ends.setdefault(stream, deque())
        while len(seen) > 1 and seen[1][1] <= done:
            seen.popleft()
        since = seen[0][0] if seen else at
        seen.append((at, end))
        return at - since if done < end else 0.0


class Lag:
    """Looks on while the block lasts, over connections that nobody else uses; `worst` is the oldest
    of all, and `where` what that was. Of a service without a connection its outbox is not seen."""

    def __init__(self, looks: Mapping[str, asyncpg.Connection | None], bootstrap: str) -> None:
        self._looks, self._bootstrap = looks, bootstrap
        self._ages = Ages()
        self._last: dict[str, int] = {}
        self._open = AsyncExitStack()
        self._task: asyncio.Task[None] | None = None
        self.most: dict[str, float] = {}  # stream → seconds
        self.samples = 0

    @property
    def worst(self) -> float:
        return round(max(self.most.values(), default=0.0), 2)

    @property
    def where(self) -> str:
        return max(self.most, key=lambda name: self.most[name], default="")

    async def __aenter__(self) -> Self:
        self._admin = AIOKafkaAdminClient(**client_of(self._bootstrap))
        self._asking = AIOKafkaConsumer(**client_of(self._bootstrap), group_id=None)
        self._open.push_async_callback(self._admin.close)
        self._open.push_async_callback(self._asking.stop)
        try:
            await self._admin.start()
            await self._asking.start()
            await self.look()
        except BaseException:
            await self._open.aclose()
            raise
        self._task = asyncio.create_task(self._again())
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _why: object, _trace: TracebackType | None
    ) -> None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.wait([self._task])  # what ended it is `raise_for_end`'s to say
        await self._open.aclose()

    def raise_for_end(self) -> None:
        """Raises what ended the looking, if anything has: nothing more would be seen."""
        assert self._task is not None
        if self._task.done():
            self._task.result()

    async def look(self) -> None:
        """Now, all of it."""
        for name, con in self._looks.items():
            if con is not None:
                row = await con.fetchrow(_OUTBOX)
                now = monotonic()
                last = self._last[name] = row["last"] or self._last.get(name, 0)
                done = row["first"] - 1 if row["first"] is not None else last
                self._seen(f"{name}'s outbox", now, done, last)
            committed = {
                tp: one.offset
                for tp, one in (await self._admin.list_consumer_group_offsets(name)).items()
                if one.offset >= 0
            }
            ends = await self._ends(list(committed))
            now = monotonic()
            for tp, offset in committed.items():
                self._seen(f"{name} of {tp.topic}/{tp.partition}", now, offset, ends[tp])
        self.samples += 1

    async def _ends(self, parts: list[TopicPartition]) -> dict[TopicPartition, int]:
        return dict(await self._asking.end_offsets(parts)) if parts else {}

    def _seen(self, stream: str, at: float, done: int, end: int) -> None:
        age = self._ages.note(stream, at, done, end)
        self.most[stream] = max(self.most.get(stream, 0.0), age)

    async def _again(self) -> None:
        while True:
            since = monotonic()
            await self.look()
            await asyncio.sleep(max(0.0, EVERY - (monotonic() - since)))
