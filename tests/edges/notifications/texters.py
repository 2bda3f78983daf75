"""A server that plays Twilio's API, on a port of this machine, and misbehaves as it is told."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from urllib.parse import parse_qsl

from services.notifications.domain.text_signature import sign

ACCOUNT, TOKEN, FROM = "AC" + "0" * 31 + "1", "a token of the tests", "+15005550006"
PATH = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
# The answer to a text: a status and a body, "hang up" instead of one, or "silence".
Reply = tuple[int, bytes] | str


def taken(number: int) -> Reply:
    return 201, json.dumps({"sid": f"SM{number:032x}", "status": "queued"}).encode()


def refuses(status: int, code: int | None = None) -> Reply:
    body = {"code": code, "message": "The number +1202… is none", "status": status}
    return status, json.dumps(body).encode() if code else b"<html>no</html>"


class Texters:
    """Keeps each text that it took; `answers` says what the next request gets."""

    def __init__(self) -> None:
        self.texts: list[dict[str, str]] = []
        self.asked = 0
        self.answers: Callable[[int], Reply] = taken
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._one(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lines = dict(one.lower().split(": ", 1) for one in head.split("\r\n")[1:] if one)
        body = (await reader.readexactly(int(lines["content-length"]))).decode()
        self.asked += 1
        assert head.startswith(f"POST {PATH} HTTP/1.1")
        known = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode().lower()
        reply = self.answers(self.asked)
        if lines.get("authorization") != f"basic {known}":
            reply = refuses(401, 20003)
        if reply == "silence":
            self.texts.append(dict(parse_qsl(body)))
            await asyncio.sleep(30)
            return False
        if isinstance(reply, str):  # taken, and nobody says so
            self.texts.append(dict(parse_qsl(body)))
            return False
        status, content = reply
        if status == 201:
            self.texts.append(dict(parse_qsl(body)))
        head_out = f"HTTP/1.1 {status} So\r\ncontent-length: {len(content)}\r\n\r\n"
        writer.write(head_out.encode() + content)
        await writer.drain()
        return True


@asynccontextmanager
async def texters() -> AsyncIterator[Texters]:
    made = Texters()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield made
    finally:
        server.close()


def signed(url: str, form: dict[str, str], token: str = TOKEN) -> dict[str, str]:
    return {
        "X-Twilio-Signature": sign(token, url, list(form.items())),
        "Content-Type": "application/x-www-form-urlencoded",
    }
