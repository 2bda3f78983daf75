"""How long what was said waited in outboxes until Kafka had it, seen from outside by looking."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

import asyncpg

from shared.contracts.services import SERVICES
from tests.chaos.ground import Ground

EVERY = 0.25  # seconds between looks, and how exact a figure is
_OLDEST = "SELECT min(id) FROM outbox"
_AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError)


class Waiting:
    """The oldest row of each outbox, and since when it is there; `longest` of one until now."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._since: dict[str, tuple[int, float]] = {}
        self.longest = 0.0
        self._task = asyncio.create_task(self._look())

    def begin(self) -> None:
        """From here on; what was there before counts from here, too."""
        self.longest, self._since = 0.0, {}

    def see(self, service: str, oldest: int | None, at: float) -> None:
        """The oldest row of an outbox at a moment, in seconds; None where it is empty."""
        known = self._since.get(service)
        if known is not None:
            self.longest = max(self.longest, at - known[1])
        if oldest is None:
            self._since.pop(service, None)
        elif known is None or known[0] != oldest:
            self._since[service] = oldest, at

    async def end(self) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def _look(self) -> None:
        connections: dict[str, asyncpg.Connection] = {}
        try:
            while True:
                for name in SERVICES:
                    with suppress(*_AWAY):
                        if name not in connections or connections[name].is_closed():
                            url = self._ground.database(name)
                            connections[name] = await asyncpg.connect(url, timeout=10)
                        oldest = await connections[name].fetchval(_OLDEST)
                        self.see(name, oldest, time.monotonic())
                await asyncio.sleep(EVERY)
        finally:
            for con in connections.values():
                con.terminate()
