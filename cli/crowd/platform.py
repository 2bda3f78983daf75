"""A meeting platform, which tells who comes and goes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from cli.crowd.door import Door
from cli.crowd.pace import arrive, moments, percentile
from cli.crowd.sightings import Attendee, sighting

LOST = 30.0  # seconds after which nobody waits for an answer


class Platform:
    """Tells observations of a session, each request at its time, and counts what it is answered.

    `now` is the services' time at this moment; their clock ticks on from there.
    """

    def __init__(self, door: Door, key: str, session: str, now: datetime, source: str) -> None:
        self._door, self._session, self._source = door, session, source
        self._key = f"Bearer {key}"
        self._now, self._since = now, monotonic()
        self.took: list[float] = []  # seconds, from when it was meant to be asked
        self.kept = self.known = self.refused = self.lost = 0

    def now(self) -> datetime:
        """By the services' clock."""
        return self._now + timedelta(seconds=monotonic() - self._since)

    async def tell(self, some: Sequence[tuple[Attendee, int, str]], intended: float) -> None:
        """One request."""
        told = [sighting(one, self._session, n, kind, self.now()) for one, n, kind in some]
        body = json.dumps({"source": self._source, "observations": told}).encode()
        path = "/attendance/v1/observations"
        words = self._door.request("POST", path, body, authorization=self._key)
        try:
            async with asyncio.timeout(LOST):
                answer = await self._door.lines.ask(words)
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
        self, told: Sequence[tuple[Attendee, int, str]], rate: float, each: int, seed: int
    ) -> None:
        """So many observations a second, open loop, in lists."""
        parts = [told[n : n + each] for n in range(0, len(told), each)]

        async def act(number: int, intended: float) -> None:
            await self.tell(parts[number], intended)

        await arrive(moments(rate / each, len(parts), seed), act)

    @property
    def done(self) -> int:
        """Observations of which something is known by now."""
        return self.kept + self.known + self.refused + self.lost

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
