"""Asking until there is an answer: the same request with the same key, however often it takes."""

import asyncio
import time
from typing import Any

import httpx

from tests.chaos.ledger import Ledger

LATER = {425, 429, 500, 502, 503, 504}
PATIENCE = 240.0  # seconds for one command, faults and all
_PAUSE = 0.25


class Unanswered(Exception):
    """Nobody said yes or no for as long as anybody would wait."""


class Asker:
    """A client of the front door, that writes down what was no answer."""

    def __init__(self, door: str, ledger: Ledger) -> None:
        self.door, self.ledger = door, ledger
        self.http = httpx.AsyncClient(timeout=10, trust_env=False)

    async def ask(
        self,
        method: str,
        path: str,
        key: str = "",
        once: str = "",
        also_later: tuple[int, ...] = (),
        patience: float = PATIENCE,
        **more: Any,
    ) -> httpx.Response:
        """The first answer that is one: a success, or a refusal by a rule."""
        headers = ({"Authorization": f"Bearer {key}"} if key else {}) | (
            {"Idempotency-Key": once} if once else {}
        )
        url = path if path.startswith("http") else self.door + path
        until = time.monotonic() + patience
        while True:
            try:
                got = await self.http.request(method, url, headers=headers, **more)
            except httpx.HTTPError as why:
                said = type(why).__name__
            else:
                used = got.status_code == 409 and "idempotency-key-in-use" in got.text
                if not used and got.status_code not in LATER | set(also_later):
                    return got
                said = str(got.status_code)
                if got.status_code == 500:
                    said = f"500 {path.rpartition('/')[2] if key else path}: {got.text[:200]}"
            self.ledger.missed(said)
            if time.monotonic() > until:
                raise Unanswered(f"{method} {path}: {said}")
            await asyncio.sleep(_PAUSE)
