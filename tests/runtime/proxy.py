"""A TCP proxy that can cut what goes through it, slow it, or let it hang as a dead network does.

It counts what it did to whom, so that a test can tell a fault that struck from one that did not.
"""

import asyncio
import contextlib
import socket
import struct
from types import TracebackType
from typing import Self


class Proxy:
    """`async with Proxy(host, port) as proxy: … proxy.port`; `at` is a port of one's choice.

    `cuts` counts connections that were reset, `refused` those that were not taken, `held` the bytes
    that were swallowed, and `slowed` those that came late.
    """

    def __init__(self, host: str, port: int, at: int = 0) -> None:
        self._host, self._to = host, port
        self._open = asyncio.Event()
        self._open.set()
        self._refusing = False
        self._delay = 0.0
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = at
        self.cuts = self.refused = self.held = self.slowed = 0
        self.words: dict[bytes, int] = {}  # to listen for → how often one went through

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
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
            self.cuts += not writer.is_closing()
            _reset(writer)

    def refuse(self) -> None:
        """Reset all connections, and all new ones, until `heal`."""
        self._refusing = True
        self.cut()

    def swallow(self) -> None:
        """Let nothing through any more, and say nothing, until `heal`."""
        self._open.clear()

    def slow(self, seconds: float) -> None:
        """Each piece of what goes through waits that long, until `heal`."""
        self._delay = seconds

    def heal(self) -> None:
        """Let everything through again."""
        self._refusing = False
        self._delay = 0.0
        self._open.set()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refusing:
            self.refused += 1
            _reset(writer)
            return
        try:
            there, back = await asyncio.open_connection(self._host, self._to)
        except OSError:  # nobody listens behind it: as if it was asked directly
            _reset(writer)
            return
        self._writers |= {writer, back}
        for source, target in ((reader, back), (there, writer)):
            task = asyncio.create_task(self._pump(source, target))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pump(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65_536):
                if self._delay:
                    self.slowed += len(data)
                    await asyncio.sleep(self._delay)
                if not self._open.is_set():
                    self.held += len(data)
                    await self._open.wait()
                for word in self.words:
                    self.words[word] += data.count(word)
                target.write(data)
                await target.drain()
        target.close()
        self._writers.discard(target)


def _reset(writer: asyncio.StreamWriter) -> None:
    """RST, not the orderly end that a closed socket says."""
    with contextlib.suppress(OSError):
        at_once = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
    writer.transport.abort()
