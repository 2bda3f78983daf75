"""What requests may bring and hold at once in one process: how many, how large, how slowly.

Each bound has one answer: past it a request is asked to come again (503 with Retry-After), or,
where it is itself too much, refused or hung up on. So memory has a bound, whoever asks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from starlette.types import Receive

LARGEST = 2_000_000  # bytes of one body
AT_ONCE = 2_000  # requests
TOGETHER = 200_000_000  # bytes of the bodies of all requests that are here
PATIENCE = 60.0  # seconds that a body may take to arrive


class Room:
    """What the requests of a process take up by now."""

    def __init__(self) -> None:
        self.requests = 0
        self.bytes = 0

    @contextmanager
    def taken(self) -> Iterator[Body]:
        """One request more, for as long as the block lasts."""
        body = Body(self)
        self.requests += 1
        try:
            yield body
        finally:
            self.requests -= 1
            self.bytes -= body.size

    def full(self, declared: int) -> bool:
        """Whether one more, with a body of that size, is too much."""
        return self.requests >= AT_ONCE or self.bytes + declared > TOGETHER


class Body:
    """One body, as it comes in. A client that declares no length, or a wrong one, is hung up on
    where it goes beyond a bound; and so is one that keeps us waiting."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self.size = 0

    def limited(self, receive: Receive) -> Receive:
        """The same, within the bounds."""
        more, until = True, asyncio.get_running_loop().time() + PATIENCE

        async def next_part() -> Any:
            nonlocal more
            if not more:  # it is whole: what comes now is that the client goes
                return await receive()
            try:
                async with asyncio.timeout_at(until):
                    message = await receive()
            except TimeoutError:
                return {"type": "http.disconnect"}
            more = message.get("more_body", False)
            length = len(message.get("body", b""))
            self.size += length
            self._room.bytes += length
            if self.size > LARGEST or self._room.bytes > TOGETHER:
                return {"type": "http.disconnect"}
            return message

        return next_part
