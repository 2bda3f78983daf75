"""A console with its board of a session open, and which session that is."""

from __future__ import annotations

import asyncio
from time import monotonic

from bench.living import Life

SESSION = "s4"
LOOKS = 2.0  # seconds between two looks at the board


class Board:
    """A console that looks again and again."""

    def __init__(self, life: Life, course: str) -> None:
        self._path = f"/attendance/v1/sessions/{course}/{SESSION}"
        self._life = life
        self.took: list[float] = []  # seconds
        self.in_room = 0

    async def look(self) -> None:
        """Once."""
        since = monotonic()
        seen = await self._life.ask("GET", self._path, self._life.town.key)
        self.took.append(monotonic() - since)
        self.in_room = seen["in_room"]

    async def watch(self) -> None:
        """Until it is cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(LOOKS)
