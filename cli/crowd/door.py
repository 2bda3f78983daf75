"""The front door as a crowd uses it, over connections that cost the machine little.

Whoever gets no answer, or one that says "later", asks again with the same key, as a browser would.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from cli.crowd.lines import Answer, Lines, request

PATIENCE = 180.0  # seconds for a good answer
_LATER = {425, 429, 502, 503, 504}


class NoGoodAnswerError(Exception):
    """What was answered instead; `status` is 0 where it was nothing, or only "later", for long."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class Door:
    """One front door, `most` requests at once. `url` is `http://…` or `https://…`."""

    def __init__(self, url: str, most: int, patience: float = PATIENCE) -> None:
        at = urlsplit(url)
        tls = ssl.create_default_context() if at.scheme == "https" else None
        self._host, self._below, self._patience = at.netloc, at.path.rstrip("/"), patience
        self.lines = Lines(at.port or (443 if tls else 80), most, at.hostname or "", tls)

    def request(self, method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
        """A whole request to this door."""
        return request(method, f"{self._below}{path}", body, host=self._host, **headers)

    async def ask(self, method: str, path: str, key: str = "", once: str = "", **more: Any) -> Any:
        """The JSON of a good answer, or its text; None of a redirection, as a taken payment
        is. `once` is an Idempotency-Key; `more` are `json`, or `body` and its `kind`. Raises
        NoGoodAnswerError."""
        body = json.dumps(more["json"]).encode() if "json" in more else more.get("body", b"")
        told = {"authorization": f"Bearer {key}"} if key else {}
        told |= {"idempotency_key": once} if once else {}
        told |= {"content_type": more["kind"]} if "kind" in more else {}
        got = await self._patiently(self.request(method, path, body, **told))
        if got.status >= 400:
            said = got.body[:500].decode(errors="replace")
            raise NoGoodAnswerError(f"{method} {path}: {got.status} {said}", got.status)
        return _read(got.body) if got.status < 300 else None

    async def _patiently(self, words: bytes) -> Answer:
        until, said = monotonic() + self._patience, "nothing"
        while monotonic() < until:
            try:
                async with asyncio.timeout(until - monotonic()):
                    got = await self.lines.ask(words)
            except OSError as why:  # also where no answer came in time
                said = type(why).__name__
            else:
                busy = got.status == 409 and b"idempotency-key-in-use" in got.body
                if got.status not in _LATER and not busy:
                    return got
                said = f"{got.status} {got.body[:200].decode(errors='replace')}"
            await asyncio.sleep(0.1)
        raise NoGoodAnswerError(f"no good answer for {self._patience:.0f} s; the last: {said}")

    def close(self) -> None:
        """Nobody asks any more."""
        self.lines.close()


def _read(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return body.decode(errors="replace")
