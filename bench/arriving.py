"""A client for whom registrations arrive at a fixed rate, whatever becomes of those before.

    python -m bench.arriving PORT RATE COUNT FIRST COURSES SEED    → JSON on stdout

Each takes a connection that is idle, or a new one. How long it took counts from when it was meant
to begin to the last byte of the answer: `p50`, `p99` and `most` in milliseconds. One that was
refused (any answer but 201) or lost (the connection ended, or no answer came in time) counts as the
longest that is waited for, so that it makes none of the three better; both are told, and how many
were late.
"""

from __future__ import annotations

import asyncio
import json
import sys
from time import monotonic

import uvloop

from bench.load import request
from bench.pace import arrive, moments, percentile

LOST = 30.0  # seconds after which nobody waits for an answer
LATE = 1.0  # seconds: whatever takes longer is told
CONNECTIONS = 1_000  # at once; whoever comes then waits, on the clock


class Line(asyncio.Protocol):
    """A keep-alive connection: one request at a time."""

    def __init__(self) -> None:
        self._read = b""
        self._answer: asyncio.Future[int] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It can be used."""
        self._transport = transport  # type: ignore[assignment]  # uvloop has a class of its own

    def data_received(self, data: bytes) -> None:
        """An answer, or a part of one."""
        self._read += data
        head, found, body = self._read.partition(b"\r\n\r\n")
        if found and self._answer is not None and not self._answer.done():
            _, _, length = head.lower().partition(b"content-length: ")
            if len(body) >= int(length.split(b"\r\n", 1)[0]):
                self._read = b""
                self._answer.set_result(int(head.split(b" ", 2)[1]))

    def connection_lost(self, exc: Exception | None) -> None:
        """Whoever waits is told."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionResetError("the server hung up"))

    async def ask(self, words: bytes) -> int:
        """The status of the answer. Raises OSError where the connection ends before it."""
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(words)
        return await self._answer

    @property
    def open(self) -> bool:
        """Whether the server has not hung up, as it does on who says nothing for long."""
        return self._transport is not None and not self._transport.is_closing()

    def close(self) -> None:
        """It is not used again."""
        if self._transport is not None:
            self._transport.close()


class Clients:
    """All of them, and what they got."""

    def __init__(self, port: int, first: int, courses: int) -> None:
        self._port, self._first, self._courses = port, first, courses
        self._idle: list[Line] = []
        self._room = asyncio.Semaphore(CONNECTIONS)
        self.took: list[float] = []  # seconds, of those that were answered by 201
        self.refused: dict[int, int] = {}  # status → how many
        self.lost = 0

    async def one(self, number: int, intended: float) -> None:
        """One of them arrives."""
        try:
            async with asyncio.timeout(LOST), self._room:
                status = await self._asked(request(self._first + number, self._courses))
        except (TimeoutError, OSError):
            self.lost += 1
            return
        if status == 201:
            self.took.append(monotonic() - intended)
        else:
            self.refused[status] = self.refused.get(status, 0) + 1

    async def _asked(self, words: bytes) -> int:
        while self._idle:
            line = self._idle.pop()
            if line.open:
                break
        else:
            loop = asyncio.get_running_loop()
            _, line = await loop.create_connection(Line, "127.0.0.1", self._port)
        try:
            status = await line.ask(words)
        except BaseException:
            line.close()  # an answer may still come, and would be taken for another's
            raise
        self._idle.append(line)
        return status

    def close(self) -> None:
        """Nobody else arrives."""
        while self._idle:
            self._idle.pop().close()

    def told(self) -> dict[str, object]:
        """What came of it."""
        refused = sum(self.refused.values())
        all_ = [1000 * one for one in self.took] + [1000 * LOST] * (refused + self.lost)
        return {
            "arrived": len(all_),
            "made": len(self.took),
            "refused": refused,
            "by_status": {str(status): many for status, many in sorted(self.refused.items())},
            "lost": self.lost,
            "late": sum(one > LATE for one in self.took),
            "p50": round(percentile(all_, 50), 2),
            "p99": round(percentile(all_, 99), 2),
            "most": round(max(all_), 2),
        }


async def main() -> None:
    """See above."""
    port, rate, count, first, courses, seed = sys.argv[1:]
    clients = Clients(int(port), int(first), int(courses))
    await arrive(moments(float(rate), int(count), int(seed)), clients.one)
    clients.close()
    print(json.dumps(clients.told()))


if __name__ == "__main__":
    uvloop.run(main())
