"""What requests may bring and hold at once in one process: how many, how large, how slowly.

Each bound has one answer: past it a request is asked to come again (503 with Retry-After), or,
where it is itself too much, refused or hung up on. So memory has a bound, whoever asks. Nor does
somebody who opens many requests and keeps their bodies back take all room there is: where it is
needed, those that have been waited for the longest go.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from starlette.types import Receive

LARGEST = 2_000_000  # bytes of one body
AT_ONCE = 2_000  # requests
TOGETHER = 200_000_000  # bytes of the bodies of all requests that are here
PATIENCE = 60.0  # seconds that a body may take to arrive
GRACE = 5.0  # seconds after which one that is not whole makes room for others


class Room:
    """What the requests of a process take up by now."""

    def __init__(self) -> None:
        self.requests = 0
        self.bytes = 0
        self.arriving: dict[Body, float] = {}  # not whole yet, since when; the first came first

    @contextmanager
    def taken(self) -> Iterator[Body]:
        """One request more, for as long as the block lasts."""
        body = Body(self)
        self.requests += 1
        try:
            yield body
        finally:
            body.leave()

    def full(self, declared: int) -> bool:
        """Whether one more, with a body of that size, is too much, even if who keeps their bodies
        back goes for it."""
        long_ago = asyncio.get_running_loop().time() - GRACE
        while self._lacks(declared):
            body = next((one for one, since in self.arriving.items() if since < long_ago), None)
            if body is None:
                return True
            body.hang_up()
        return False

    def _lacks(self, declared: int) -> bool:
        return self.requests >= AT_ONCE or self.bytes + declared > TOGETHER


class Body:
    """One body, as it comes in. A client that declares no length, or a wrong one, is hung up on
    where it goes beyond a bound; and so is one that keeps us waiting."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._here = True
        self._patience: asyncio.Timeout | None = None
        self.size = 0

    def leave(self) -> None:
        """It takes up no room any more."""
        self._room.arriving.pop(self, None)
        if self._here:
            self._here = False
            self._room.requests -= 1
            self._room.bytes -= self.size

    def hang_up(self) -> None:
        """Wait for it no longer; its room is free from now on."""
        self.leave()
        if self._patience is not None:
            with contextlib.suppress(RuntimeError):  # it has just come to its end by itself
                self._patience.reschedule(0)

    def _was_hung_up(self) -> bool:
        return not self._here

    def limited(self, receive: Receive) -> Receive:
        """The same, within the bounds."""
        began = asyncio.get_running_loop().time()
        more, until = True, began + PATIENCE

        async def next_part() -> Any:
            nonlocal more
            if not more:  # it is whole: what comes now is that the client goes
                return await receive()
            message = await self._part(receive, began, until)
            more = message.get("more_body", False)
            if not more:
                self._room.arriving.pop(self, None)
            return message

        return next_part

    async def _part(self, receive: Receive, began: float, until: float) -> Any:
        gone = {"type": "http.disconnect"}
        if self._was_hung_up():
            return gone
        self._room.arriving.setdefault(self, began)
        try:
            async with asyncio.timeout_at(until) as self._patience:
                message = await receive()
        except TimeoutError:
            return gone
        finally:
            self._patience = None
        if self._was_hung_up():  # at this very moment
            return gone
        length = len(message.get("body", b""))
        self.size += length
        self._room.bytes += length
        too_much = self.size > LARGEST or self._room.bytes > TOGETHER
        return gone if too_much else message
