"""How much a service has said that Kafka has not taken: past a bound it takes nothing more on.

While Kafka is away the outbox keeps what is said, for hours. What it must not do is grow until the
disk of the database is full: then nothing could be read either. So past the bound requests that
change something are answered 503 with Retry-After, and events, deadlines and calls outside wait;
what is under way is recorded, and everything is still read.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

MOST = 200_000  # rows of the outbox; a few hundred MB
EVERY = 1.0  # seconds between looks
_COUNT = "SELECT count(*) FROM (SELECT 1 FROM outbox LIMIT $1) waiting"


class BackedUpError(OSError):
    """Nothing is wrong with what was to be done: it waits, as for a database that is away."""


class Backlog:
    """What the outbox of a service holds, as of the last look."""

    def __init__(self) -> None:
        self.full = False

    async def look(self, acquire: Callable[[], Any]) -> None:
        """Count again, as far as the bound."""
        async with acquire() as con:
            self.full = await con.fetchval(_COUNT, MOST) >= MOST

    async def follow(self, acquire: Callable[[], Any]) -> None:
        """For ever; what cannot be counted is as it was."""
        while True:
            with contextlib.suppress(Exception):
                await self.look(acquire)
            await asyncio.sleep(EVERY)

    def check(self) -> None:
        """Raises BackedUpError where nothing more is to be taken on."""
        if self.full:
            raise BackedUpError("the outbox is full")

    def ills(self) -> list[str]:
        """Why a worker is not well."""
        waits = (
            f"{MOST} events or more wait for Kafka; nothing more is taken on until it takes them"
        )
        return [waits] if self.full else []
