"""How long it takes after a fault, while the load goes on, until all is as if nothing had been.

Healthy: every process is ready, and each of its queues (outbox, lag, what is overdue) was seen
empty once since the fault ended: so all that had been kept waiting is done.
"""

import asyncio
import time
from typing import Any

import httpx

from tests.chaos.ground import Ground, answer

_EVERY = 0.25
QUEUES = ("outbox", "lag", "overdue")


class Recovery:
    """Watches from the end of one fault; `seconds` is None as long as it is not over."""

    def __init__(self, ground: Ground, name: str) -> None:
        self._ground, self.name = ground, name
        self._began = time.monotonic()
        self.seconds: float | None = None
        self.wanting: set[tuple[str, str]] = set()

    async def watch(self) -> None:
        names = set(self._ground.watched())
        self.wanting = {(name, what) for name in names for what in ("ready", *QUEUES)}
        async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
            while self.wanting:
                await asyncio.gather(*(self._look(client, name) for name in names))
                if self.wanting:
                    await asyncio.sleep(_EVERY)
        self.seconds = round(time.monotonic() - self._began, 1)

    async def _look(self, client: httpx.AsyncClient, name: str) -> None:
        if not any(one == name for one, _ in self.wanting):
            return
        url = self._ground.watched().get(name, "")
        if await answer(client, f"{url}/health/ready") is None:
            return
        self.wanting.discard((name, "ready"))
        told = await answer(client, f"{url}/health/quiet")
        if told is not None:
            for what in QUEUES:
                if value_of(told, what) == 0:
                    self.wanting.discard((name, what))


def value_of(told: dict[str, Any], what: str) -> Any:
    """Of `/health/quiet`."""
    return told["due"]["overdue"] if what == "overdue" else told[what]
