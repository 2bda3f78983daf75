"""Requests that go wrong on their way, and a key that is used twice at the same time.

It stands before the shop's API only: learners' pages and the calls of tests are left alone.
"""

from __future__ import annotations

import asyncio
import json

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stack.paysim.faults import Faults
from stack.paysim.store import STRUCK, Store

_SPARED = ("/v1/test/", "/v1/totals")


class Hostile:
    """What lies between the shop and the simulator's work."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._under_way: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] != "http" or not path.startswith("/v1/") or path.startswith(_SPARED):
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        key = headers.get(b"idempotency-key", b"").decode("latin-1")
        if key in self._under_way:
            await _answer(send, 409, "key_in_use", "A request with this key is under way.")
            return
        if key:
            self._under_way.add(key)
        try:
            await self._troubled(scope, receive, send, key)
        finally:
            self._under_way.discard(key)

    async def _troubled(self, scope: Scope, receive: Receive, send: Send, key: str) -> None:
        store: Store = scope["app"].state.store
        faults = store.faults
        if not faults.touch_requests():
            await self._app(scope, receive, send)
            return
        name = key or f"{scope['path']}?{scope['query_string'].decode('latin-1')}"
        name = f"{scope['method']} {name}"
        attempt = store.count(f"asked/{name}")

        def strikes(fault: str) -> bool:
            struck = faults.strikes(fault, name, attempt)
            if struck:
                store.count(f"{STRUCK}{fault}")
            return struck

        if strikes("slow"):
            await asyncio.sleep(faults.slow_seconds)
        if strikes("timeout_before"):
            await _nothing(send, faults)
        elif strikes("error_500"):
            if faults.share("error after", name, attempt) < 0.5:
                await self._app(scope, receive, _lost)
            await _answer(send, 500, "error", "Something broke here.")
        elif strikes("timeout_after"):
            await self._app(scope, receive, _lost)
            await _nothing(send, faults)
        else:
            await self._app(scope, receive, send)


async def _lost(_message: Message) -> None:
    """The answer never arrives."""


async def _nothing(send: Send, faults: Faults) -> None:
    """Silence, until something in between gives up."""
    await asyncio.sleep(faults.hang_seconds)
    await _answer(send, 504, "timeout", "No answer came in time.")


async def _answer(send: Send, status: int, code: str, detail: str) -> None:
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    body = json.dumps({"code": code, "detail": detail}).encode()
    await send({"type": "http.response.body", "body": body})
