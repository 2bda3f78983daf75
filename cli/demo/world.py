"""The system as the story meets it: from outside, over HTTP."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from cli.jump import Addresses, jump

COURSE = "attachment-effectiveness-2020"
PATIENCE = 60.0  # seconds that a service may be away (it was killed, and is started again)
_NAMESPACE = uuid.UUID("2c2f0d49-53a2-4f5e-9f4c-7a4c83a7f0a1")


class OddError(Exception):
    """The system answered something that the story does not have."""


@dataclass
class World:
    """A front door with an operator's key, a clock, a mailbox and a gateway."""

    door: str
    key: str
    addresses: Addresses
    mailbox: str
    client: httpx.AsyncClient = field(init=False)
    gateway_key: str = ""
    platform_key: str = ""
    moved: Callable[[datetime], None] = lambda _at: None

    def __post_init__(self) -> None:
        self.client = httpx.AsyncClient(
            timeout=30, trust_env=False, limits=httpx.Limits(max_connections=32)
        )

    async def operator(self, method: str, path: str, **options: Any) -> Any:
        """A call with the operator's key; gives the JSON of a good answer."""
        return await self.call(method, path, self.key, **options)

    async def call(
        self, method: str, path: str, key: str, *, once: str = "", **options: Any
    ) -> Any:
        """A call with a key or token. `once` names the act: repeated, it is done once."""
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        if method == "POST":
            headers["Idempotency-Key"] = str(uuid.uuid5(_NAMESPACE, once or uuid.uuid4().hex))
        answer = await patiently(
            lambda: self.client.request(method, self.door + path, headers=headers, **options)
        )
        if not answer.is_success:
            raise OddError(f"{method} {path}: {answer.status_code} {answer.text[:500]}")
        return answer.json()

    async def go(self, to: datetime) -> None:
        """Move the clock; comes back when all that was due by then is done."""
        await jump(self.addresses, to.astimezone(UTC), lambda stop, _n: self.moved(stop))
        self.moved(to)

    async def pay(self, checkout_url: str, card: str) -> bool:
        """Type a card number into the gateway's page; whether it was taken."""
        answer = await patiently(lambda: self.client.post(checkout_url, data={"card": card}))
        if answer.status_code not in (200, 303, 402, 422):
            raise OddError(f"the gateway answered {answer.status_code}")
        return answer.status_code == 303


async def patiently(ask: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
    """Ask again while a service is away or not ready yet: it was killed, and comes back."""
    until = asyncio.get_running_loop().time() + PATIENCE
    while True:
        answer: httpx.Response | None = None
        with suppress(httpx.TransportError):
            answer = await ask()
            in_progress = answer.status_code == 409 and "idempotency-key-in-use" in answer.text
            if answer.status_code not in (425, 429, 502, 503, 504) and not in_progress:
                return answer
        if asyncio.get_running_loop().time() > until:
            said = f"{answer.status_code} {answer.text[:300]}" if answer is not None else "nothing"
            raise OddError(f"no good answer for {PATIENCE:.0f} seconds; the last: {said}")
        await asyncio.sleep(0.1)


def minor(amount: Mapping[str, Any] | None) -> int:
    """The minor units of a money object; 0 where there is none."""
    return int(amount["amount"]) if amount else 0
