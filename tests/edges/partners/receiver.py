"""Somebody's endpoint: keeps what it is sent, and answers as it is told. Plain HTTP on this machine,
as an integrator's is in a sandbox."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Heard:
    """One request: names of headers in lower case."""

    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def event(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found


class Receiver:
    """`answer` gives an HTTP answer's head and body for a request; None is silence."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.taken: list[Heard] = []  # of these, what it answered 2xx to
        self.answer: Callable[[Heard], bytes | None] = lambda _heard: answers(204)
        self.at_once = 0
        self.most_at_once = 0
        self.pause = 0.0
        self.url = ""

    @property
    def ids(self) -> list[str]:
        return [one.id for one in self.heard]

    def says(self, status: int, *headers: str) -> None:
        """Answers everything so."""
        self.answer = lambda _heard: answers(status, *headers)

    async def guest(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
                lines = [line.partition(": ") for line in head[1:] if line]
                headers = {name.lower(): value for name, _, value in lines}
                body = await reader.readexactly(int(headers["content-length"]))
                heard = Heard(headers, body)
                self.heard.append(heard)
                self.at_once += 1
                self.most_at_once = max(self.most_at_once, self.at_once)
                try:
                    await asyncio.sleep(self.pause)
                    answer = self.answer(heard)
                    if answer and answer.startswith(b"HTTP/1.1 2"):
                        self.taken.append(heard)
                    if answer is None:
                        await asyncio.sleep(3600)
                    writer.write(answer or b"")
                    await writer.drain()
                finally:
                    self.at_once -= 1
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()


def answers(status: int, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} X", "Content-Length: 0", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    server = await asyncio.start_server(receiver.guest, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/in"
    try:
        yield receiver
    finally:
        server.close()
