"""A TCP proxy that can cut what goes through it, or let it hang as a dead network does."""

import asyncio
import contextlib
from types import TracebackType
from typing import Self


class Proxy:
    """`async with Proxy(host, port) as proxy: … proxy.port`."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._to = host, port
        self._open = asyncio.Event()
        self._open.set()
        self._refusing = False
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, why: BaseException | None, tb: TracebackType | None
    ) -> None:
        self._server.close()
        self.cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        """Reset all connections; new ones are taken."""
        for writer in self._writers:
            writer.transport.abort()

    def refuse(self) -> None:
        """Reset all connections, and all new ones, until `heal`."""
        self._refusing = True
        self.cut()

    def swallow(self) -> None:
        """Let nothing through any more, and say nothing, until `heal`."""
        self._open.clear()

    def heal(self) -> None:
        """Let everything through again."""
        self._refusing = False
        self._open.set()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refusing:
            writer.transport.abort()
            return
        there, back = await asyncio.open_connection(self._host, self._to)
        self._writers |= {writer, back}
        for source, target in ((reader, back), (there, writer)):
            task = asyncio.create_task(self._pump(source, target))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pump(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65_536):
                await self._open.wait()
                target.write(data)
                await target.drain()
        target.close()
        self._writers.discard(target)
