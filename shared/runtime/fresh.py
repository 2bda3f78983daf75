"""Answers that are the same for everybody, kept for less than a second: rendered once, read once.

    return await fresh.answer(request, ("page", page_id, zone), make)

`make` reads, and gives what is answered, as JSON can hold it. Whoever asks while it reads waits
for the same reading; what it raises is raised to all of them, and kept for nobody. Who calls is no
part of what was asked: nothing that depends on it may be answered so.

An answer is old when a second has passed, of runtime time (another process may have changed
something) or of business time (a clock in a sandbox jumps); its age counts from before it was
read. What this process commits itself is seen at once: then all is forgotten.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from time import monotonic
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from pydantic_core import to_json

SECONDS = 0.9  # the rest of the second is for the way to whoever asked
# Caches on the way may keep it, but ask each time whether it still holds: two seconds' worth of
# caches one behind the other would not be right within one.
CACHING = "public, no-cache"


@dataclass(frozen=True)
class Rendered:
    """An answer as it is sent, and the name of just this state of it."""

    body: bytes
    etag: str


@dataclass
class _Asked:
    began: float
    as_of: datetime
    made: asyncio.Task[Rendered]
    size: int = 0  # once it is made


class Fresh:
    """At most `most` answers, and `most_bytes` of them; the one used longest ago is forgotten."""

    def __init__(
        self,
        now: Callable[[], datetime],
        tick: Callable[[], float] = monotonic,
        most: int = 1_000,
        most_bytes: int = 16_000_000,
    ) -> None:
        self._now, self._tick = now, tick
        self._most, self._most_bytes = most, most_bytes
        self._asked: OrderedDict[Hashable, _Asked] = OrderedDict()
        self._bytes = 0

    async def get(self, asked: Hashable, make: Callable[[], Awaitable[Any]]) -> Rendered:
        """The answer to what is asked, as of less than a second ago."""
        known = self._asked.get(asked)
        if known is None or self._old(known):
            self._forget(asked)
            began, as_of = self._tick(), self._now()
            known = _Asked(began, as_of, asyncio.create_task(_render(make)))
            self._asked[asked] = known
            known.made.add_done_callback(lambda _made: self._keep(asked, known))
            while len(self._asked) > self._most:
                self._forget(next(iter(self._asked)))
        else:
            self._asked.move_to_end(asked)
        # Who hangs up ends the reading for nobody else.
        return await asyncio.shield(known.made)

    async def answer(
        self, request: Request, asked: Hashable, make: Callable[[], Awaitable[Any]]
    ) -> Response:
        """The same over HTTP: 304 to who has it already."""
        rendered = await self.get(asked, make)
        headers = {"ETag": rendered.etag, "Cache-Control": CACHING}
        if _has(request.headers.get("if-none-match", ""), rendered.etag):
            return Response(None, 304, headers)
        return Response(rendered.body, 200, headers, media_type="application/json")

    def forget(self) -> None:
        """Something has changed: whoever asks from now on is answered from what is read anew."""
        self._asked.clear()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._asked)

    def _old(self, asked: _Asked) -> bool:
        passed = self._tick() - asked.began, abs(self._now() - asked.as_of)
        return passed[0] >= SECONDS or passed[1] >= timedelta(seconds=SECONDS)

    def _keep(self, name: Hashable, asked: _Asked) -> None:
        failed = asked.made.cancelled() or asked.made.exception() is not None
        if self._asked.get(name) is not asked:
            return  # forgotten while it was made
        if failed:
            self._forget(name)
            return
        asked.size = len(asked.made.result().body)
        self._bytes += asked.size
        while self._bytes > self._most_bytes:
            self._forget(next(iter(self._asked)))

    def _forget(self, name: Hashable) -> None:
        gone = self._asked.pop(name, None)
        if gone is not None:
            self._bytes -= gone.size


async def _render(make: Callable[[], Awaitable[Any]]) -> Rendered:
    body = to_json(await make())
    return Rendered(body, f'"{sha256(body).hexdigest()[:32]}"')


def _has(if_none_match: str, etag: str) -> bool:
    """Whether the header names this state; compared weakly, as caches on the way may weaken it."""
    named = [each.strip().removeprefix("W/") for each in if_none_match.split(",")]
    return etag in named or "*" in named


async def fresh_of(request: Request) -> Fresh:
    """FastAPI dependency: the kept answers of this process."""
    fresh: Fresh = request.app.state.fresh
    return fresh


FreshDep = Annotated[Fresh, Depends(fresh_of)]
NOT_MODIFIED: dict[int | str, dict[str, Any]] = {304: {"description": "As you have it"}}
