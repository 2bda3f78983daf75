"""Bare aiosmtplib: the mails of a file, over so many connections; nothing else.

    python -m bench.posting bytes|words FILE CONNECTIONS PORT

`bytes`: they are sent as they are. `words`: each is written anew of its words and headers by the
standard library, as a program does that has its texts ready. Says how many mails it sent and how
many seconds that took, of the clock and of processors, without the first fifth.
"""

from __future__ import annotations

import asyncio
import json
import struct
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import uvloop
from aiosmtplib import SMTP

SENDER = "courses@holdfast.example"
WARM = 0.2  # of the mails come first and are not in the rate


def mails(file: Path) -> Iterator[tuple[str, bytes]]:
    """(recipient, bytes) of each."""
    whole, at = file.read_bytes(), 0

    def part() -> bytes:
        nonlocal at
        (size,) = struct.unpack_from("<I", whole, at)
        at += 4 + size
        return whole[at - size : at]

    while at < len(whole):
        yield part().decode(), part()


@dataclass(frozen=True)
class Words:
    """What a mail says."""

    headers: tuple[tuple[str, str], ...]
    text: str
    html: str

    def written(self) -> bytes:
        mail = EmailMessage(policy=SMTP_POLICY)
        for name, value in self.headers:
            mail[name] = value
        mail.set_content(self.text, cte="quoted-printable")
        mail.add_alternative(self.html, subtype="html", cte="quoted-printable")
        return mail.as_bytes()


def words_of(content: bytes) -> Words:
    """Read a mail."""
    mail = message_from_bytes(content, policy=SMTP_POLICY)
    parts = {part.get_content_subtype(): part for part in mail.walk() if not part.is_multipart()}
    headers = tuple(
        (name, str(value))
        for name, value in mail.items()
        if not name.lower().startswith(("content-", "mime-"))
    )
    return Words(headers, parts["plain"].get_content(), parts["html"].get_content())


def as_they_are(content: bytes) -> bytes:
    return content


async def main() -> None:
    """See above."""
    how, file, connections, port = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    read: Callable[[bytes], Any] = words_of if how == "words" else as_they_are
    write: Callable[[Any], bytes] = Words.written if how == "words" else as_they_are
    todo = [(recipient, read(content)) for recipient, content in mails(file)]
    clients = [SMTP(hostname="127.0.0.1", port=int(port)) for _ in range(connections)]
    for client in clients:
        await client.connect()

    async def send(client: SMTP, some: Iterator[tuple[str, Any]]) -> None:
        for recipient, content in some:
            await client.sendmail(SENDER, [recipient], write(content))

    async def send_all(many: list[tuple[str, Any]]) -> None:
        shared = iter(many)
        await asyncio.gather(*(send(client, shared) for client in clients))

    first = int(len(todo) * WARM)
    await send_all(todo[:first])
    since, before = perf_counter(), process_time()
    await send_all(todo[first:])
    took = {"seconds": perf_counter() - since, "cpu": process_time() - before}
    print(json.dumps({"mails": len(todo) - first, **took}))
    for client in clients:
        client.close()


if __name__ == "__main__":
    uvloop.run(main())
