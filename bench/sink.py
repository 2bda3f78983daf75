"""A mail server that takes everything, each answer after so many milliseconds.

    python -m bench.sink MILLISECONDS [FILE]

Says its port on stdout. `XSTAT` is answered with what it took, as JSON; mails are appended to FILE,
for whoever is to send the very same bytes.
"""

from __future__ import annotations

import asyncio
import json
import re
import struct
import sys
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from time import time
from typing import IO

import uvloop

_ID = re.compile(rb"^Message-ID: *<([^>]+)>", re.MULTILINE | re.IGNORECASE)


class Taken:
    """All that came."""

    def __init__(self, file: IO[bytes] | None) -> None:
        self.file = file
        self.ids: Counter[bytes] = Counter()
        self.by_second: Counter[tuple[str, int]] = Counter()
        self.first = self.last = 0.0
        self.inside = self.most = 0

    def take(self, recipient: str, content: bytes) -> None:
        found = _ID.search(content)
        self.ids[found[1] if found else b""] += 1
        self.last = time()
        self.first = self.first or self.last
        self.by_second[recipient.rpartition("@")[2], int(self.last)] += 1
        if self.file is not None:
            for part in (recipient.encode(), content):
                self.file.write(struct.pack("<I", len(part)) + part)

    def stats(self) -> str:
        if self.file is not None:
            self.file.flush()
        busiest = self.by_second.most_common(1)
        return json.dumps(
            {
                "mails": sum(self.ids.values()),
                "distinct": len(self.ids),
                "first": self.first,
                "last": self.last,
                "connections": self.most,
                "most_a_second_to_one_domain": busiest[0][1] if busiest else 0,
            }
        )


class Sink(asyncio.Protocol):
    """One connection."""

    def __init__(self, taken: Taken, seconds: float) -> None:
        self.taken, self.seconds = taken, seconds
        self.buffer = b""
        self.recipient = ""
        self.in_data = False
        self.greeted = False  # who only asks what was taken does not greet

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]
        self._say(b"220 sink\r\n")

    def connection_lost(self, exc: Exception | None) -> None:
        self.taken.inside -= self.greeted

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while True:
            end = b"\r\n.\r\n" if self.in_data else b"\r\n"
            part, there, rest = self.buffer.partition(end)
            if not there:
                return
            self.buffer = rest
            if self.in_data:
                self.in_data = False
                self.taken.take(self.recipient, part.replace(b"\r\n..", b"\r\n.") + b"\r\n")
                self._say(b"250 2.0.0 taken\r\n")
            else:
                self._heard(part)

    def _heard(self, line: bytes) -> None:
        verb = line[:4].upper()
        if verb == b"EHLO":
            self.taken.inside += not self.greeted
            self.taken.most = max(self.taken.most, self.taken.inside)
            self.greeted = True
            self._say(b"250-sink\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n")
        elif verb == b"DATA":
            self.in_data = True
            self._say(b"354 go on\r\n")
        elif verb == b"XSTA":
            self._say(b"250 " + self.taken.stats().encode() + b"\r\n")
        elif verb == b"QUIT":
            self._say(b"221 bye\r\n")
        else:
            if verb == b"RCPT":
                self.recipient = line.partition(b"<")[2].partition(b">")[0].decode()
            self._say(b"250 2.0.0 ok\r\n")

    def _say(self, answer: bytes) -> None:
        if self.seconds:
            asyncio.get_running_loop().call_later(self.seconds, self._write, answer)
        else:
            self._write(answer)

    def _write(self, answer: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(answer)


async def serve(file: IO[bytes] | None) -> None:
    """Until it is ended."""
    taken, seconds = Taken(file), float(sys.argv[1]) / 1000
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Sink(taken, seconds), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def main() -> None:
    """See above."""
    with ExitStack() as stack:
        named = sys.argv[2:3]
        file = stack.enter_context(Path(named[0]).open("ab")) if named else None
        uvloop.run(serve(file))


if __name__ == "__main__":
    main()
