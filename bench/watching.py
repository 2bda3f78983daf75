"""The two that look at a session while it is on: the platform, which tells who comes and goes, and
a console with its board open."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from bench import people
from bench.lines import request
from bench.living import Life
from bench.pace import arrive, moments, percentile
from bench.people import Learner

SESSION = "s4"
LOST = 30.0  # seconds after which nobody waits for an answer
LOOKS = 2.0  # seconds between two looks at the board


class Platform:
    """Tells observations, each request at its time, and counts what it is answered."""

    def __init__(self, life: Life, now: datetime) -> None:
        self._life, self._now, self._since = life, now, monotonic()
        self.took: list[float] = []  # seconds, from when it was meant to be asked
        self.kept = self.known = self.refused = self.lost = 0

    def now(self) -> datetime:
        """By the sandbox's clock, which ticks on from where it was set."""
        return self._now + timedelta(seconds=monotonic() - self._since)

    async def tell(self, some: Sequence[tuple[Learner, int, str]], intended: float) -> None:
        """One request."""
        told = [people.sighting(one, SESSION, n, kind, self.now()) for one, n, kind in some]
        body = json.dumps({"source": "bench", "observations": told}).encode()
        key = f"Bearer {self._life.platform}"
        words = request("POST", "/attendance/v1/observations", body, authorization=key)
        try:
            async with asyncio.timeout(LOST):
                answer = await self._life.lines.ask(words)
        except (TimeoutError, OSError):
            self.lost += len(some)
            return
        if answer.status != 202:
            self.refused += len(some)
            return
        said = json.loads(answer.body)
        self.kept += said["accepted"]
        self.known += said["duplicates"]
        self.refused += len(said["refused"])
        self.took.append(monotonic() - intended)

    async def burst(
        self, told: Sequence[tuple[Learner, int, str]], rate: float, each: int, seed: int
    ) -> None:
        """So many observations a second, open loop, in lists."""
        parts = [told[n : n + each] for n in range(0, len(told), each)]

        async def act(number: int, intended: float) -> None:
            await self.tell(parts[number], intended)

        await arrive(moments(rate / each, len(parts), seed), act)

    def told(self) -> dict[str, Any]:
        """What came of it; times in milliseconds."""
        took = [1000 * one for one in self.took] or [1000 * LOST]
        return {
            "kept": self.kept,
            "known": self.known,
            "refused": self.refused,
            "lost": self.lost,
            "p50": round(percentile(took, 50), 2),
            "p99": round(percentile(took, 99), 2),
            "most": round(max(took), 2),
        }


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
