"""A client that keeps some connections busy: one request at a time on each, the next at once.

    python -m bench.load PORT REQUESTS CONNECTIONS FIRST COURSES   → requests a second, on stdout

It parses no more of an answer than its length and status, so that it costs the machine little. An
answer other than 201 ends the run with exit code 1.
"""

from __future__ import annotations

import asyncio
import json
import sys
from time import perf_counter

import uvloop

PATH = "/registration/v1/courses/{course}/registrations"


def request(number: int, courses: int) -> bytes:
    """The registration of a person whom no other number has, in the course whose turn it is."""
    body = json.dumps(
        {
            "attendee": {
                "name": f"Learner {number}",
                "email": f"learner-{number}@example.org",
                "profession": "counselor",
                "licenses": [{"profession": "counselor", "state": "NJ", "number": str(number)}],
                "zone": "America/New_York",
                "locale": "en",
            },
            "disclosure_version": "2020-09-01",
            "payment": {"method": "card"},
        }
    ).encode()
    head = (
        f"POST {PATH.format(course=f'bench-{number % courses}')} HTTP/1.1\r\nhost: bench\r\n"
        f"content-type: application/json\r\nidempotency-key: {number}\r\n"
        f"content-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Connection(asyncio.Protocol):
    """One keep-alive connection that takes numbers until there are none."""

    def __init__(self, numbers: list[int], courses: int) -> None:
        self.numbers = numbers
        self.courses = courses
        self.read = b""
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self.transport = transport  # type: ignore[assignment]  # uvloop has a class of its own
        self._next()

    def data_received(self, data: bytes) -> None:
        """An answer, or a part of one."""
        self.read += data
        head, found, body = self.read.partition(b"\r\n\r\n")
        if not found:
            return
        _, _, length = head.lower().partition(b"content-length: ")
        if len(body) < int(length.split(b"\r\n", 1)[0]):
            return
        if not head.startswith(b"HTTP/1.1 201"):
            self._fail(RuntimeError(self.read.decode(errors="replace")))
            return
        self.read = b""
        self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        """The server hung up: an error, unless all is done."""
        self._fail(exc or RuntimeError("the server hung up"))

    def _next(self) -> None:
        assert self.transport is not None
        if self.numbers:
            self.transport.write(request(self.numbers.pop(), self.courses))
        elif not self.done.done():
            self.done.set_result(None)
            self.transport.close()

    def _fail(self, why: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(why)


async def load(port: int, requests: int, connections: int, first: int, courses: int) -> float:
    """Requests a second."""
    numbers = list(range(first + requests - 1, first - 1, -1))
    loop = asyncio.get_running_loop()
    began = perf_counter()
    made = [
        await loop.create_connection(lambda: Connection(numbers, courses), "127.0.0.1", port)
        for _ in range(connections)
    ]
    async with asyncio.timeout(300):
        await asyncio.gather(*(protocol.done for _, protocol in made))
    return requests / (perf_counter() - began)


if __name__ == "__main__":
    try:
        print(uvloop.run(load(*map(int, sys.argv[1:]))))
    except RuntimeError as why:
        raise SystemExit(str(why)) from None
