"""A request to a service, without a socket and without a loop that serves its edge."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.runtime.service import Service

_JSON = [(b"content-type", b"application/json")]


@dataclass(frozen=True)
class Answer:
    """What a caller got; status 0: nothing, for the process died."""

    status: int
    body: Any
    replayed: bool = False

    @property
    def good(self) -> bool:
        return 200 <= self.status < 400

    @property
    def slug(self) -> str:
        """Why not, as a word."""
        told = self.body.get("type", "") if isinstance(self.body, dict) else ""
        return str(told).removeprefix("/problems/")


async def asked(
    service: Service, method: str, path: str, headers: Mapping[str, str], body: bytes | None
) -> Answer:
    """What a service answers; its edge is stepped as soon as the request waits there."""
    collected: list[Any] = []
    sent, edge = False, service.edge

    async def receive() -> Any:
        nonlocal sent
        if sent:
            return {"type": "http.disconnect"}
        sent = True
        return {"type": "http.request", "body": body or b"", "more_body": False}

    async def send(message: Any) -> None:
        collected.append(message)

    scope = _scope(method, path, headers, body)
    asking = asyncio.ensure_future(service.app(scope, receive, send))
    try:
        while not asking.done():
            arrived = asyncio.ensure_future(edge.arrived())
            await asyncio.wait({asking, arrived}, return_when=asyncio.FIRST_COMPLETED)
            arrived.cancel()
            if not asking.done():
                await edge.step()
    finally:
        asking.cancel()  # who died answers nobody
        await asyncio.wait({asking})
    asking.result()
    return _answer(collected)


def _scope(
    method: str, path: str, headers: Mapping[str, str], body: bytes | None
) -> dict[str, Any]:
    plain, _, query = path.partition("?")
    told = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    if body is not None:
        told += [*_JSON, (b"content-length", str(len(body)).encode())]
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": plain,
        "raw_path": plain.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": told,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "state": {},
    }


def _answer(collected: Sequence[Any]) -> Answer:
    start = collected[0]
    content = b"".join(one.get("body", b"") for one in collected[1:])
    headers = dict(start["headers"])
    as_json = b"json" in headers.get(b"content-type", b"")
    body = json.loads(content) if content and as_json else None
    if body is None and b"location" in headers:
        body = {"location": headers[b"location"].decode()}
    return Answer(start["status"], body, b"idempotent-replayed" in headers)
