"""The order in which requests begin."""

from __future__ import annotations

import asyncio
from collections import deque


class Turns:
    """Requests begin one a round of the event loop, in order of arrival.

    A request is half a millisecond of work without a pause. Where sixty arrive at once, all would
    be done before the loop looks at its sockets again: a transaction under way would wait for them
    between any two of its statements, and the database for it.

    The loop hands the turns on, not the requests: one that fails or is cancelled stops no other.
    """

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._handing: asyncio.AbstractEventLoop | None = None  # has `_next` before it

    async def mine(self) -> None:
        """Until it is this request's turn; at once where none has begun in this round."""
        loop = asyncio.get_running_loop()
        if self._handing is not loop:  # nor would a loop that was closed hand on anything
            self._waiting.clear()
            self._handing = loop
            loop.call_soon(self._next, loop)
            return
        turn = loop.create_future()
        self._waiting.append(turn)
        await turn

    def _next(self, loop: asyncio.AbstractEventLoop) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():  # it may have been cancelled
                turn.set_result(None)
                loop.call_soon(self._next, loop)
                return
        self._handing = None
