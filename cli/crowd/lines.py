"""Keep-alive connections of a client that costs the machine little: status and body, no more."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said."""

    status: int
    body: bytes


class Line(asyncio.Protocol):
    """A keep-alive connection: one request at a time."""

    def __init__(self) -> None:
        self._read = b""
        self._answer: asyncio.Future[Answer] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It can be used."""
        self._transport = transport  # type: ignore[assignment]  # uvloop has a class of its own

    def data_received(self, data: bytes) -> None:
        """An answer, or a part of one."""
        self._read += data
        head, found, body = self._read.partition(b"\r\n\r\n")
        if not found or self._answer is None or self._answer.done():
            return
        status = int(head.split(b" ", 2)[1])
        _, told, length = head.lower().partition(b"content-length: ")
        if told:
            whole = body if len(body) >= int(length.split(b"\r\n", 1)[0]) else None
        else:
            whole = b"" if status in (204, 304) else _joined(body)
        if whole is not None:
            self._read = b""
            self._answer.set_result(Answer(status, whole))

    def connection_lost(self, exc: Exception | None) -> None:
        """Whoever waits is told."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionResetError("the server hung up"))

    async def ask(self, words: bytes) -> Answer:
        """The answer. Raises OSError where the connection ends before it."""
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


def _joined(body: bytes) -> bytes | None:
    """The parts of a body whose length nobody knew before; None as long as the last is missing."""
    parts: list[bytes] = []
    place = 0
    while True:
        size, found, _ = body[place : place + 20].partition(b"\r\n")
        if not found:
            return None
        begins = place + len(size) + 2
        length = int(size.split(b";")[0], 16)
        if len(body) < begins + length + 2:
            return None
        if not length:
            return b"".join(parts)
        parts.append(body[begins : begins + length])
        place = begins + length + 2


class Lines:
    """Connections to one server: whoever asks takes one that is idle, or a new one; `most` at once,
    and whoever comes then waits."""

    def __init__(
        self, port: int, most: int, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
    ) -> None:
        self._port, self._host, self._tls = port, host, tls
        self._idle: list[Line] = []
        self._room = asyncio.Semaphore(most)

    async def ask(self, words: bytes) -> Answer:
        """The answer to a whole request. Raises OSError where there is none."""
        async with self._room:
            while self._idle:
                line = self._idle.pop()
                if line.open:
                    break
            else:
                loop = asyncio.get_running_loop()
                _, line = await loop.create_connection(Line, self._host, self._port, ssl=self._tls)
            try:
                answer = await line.ask(words)
            except BaseException:
                line.close()  # an answer may still come, and would be taken for another's
                raise
            self._idle.append(line)
            return answer

    def close(self) -> None:
        """Nobody asks any more."""
        while self._idle:
            self._idle.pop().close()


def request(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    """A whole request; `_` in the name of a header is `-`."""
    told = {"host": "bench", "content_type": "application/json", **headers}
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in told.items())
    return f"{method} {path} HTTP/1.1\r\n{lines}content-length: {len(body)}\r\n\r\n".encode() + body
