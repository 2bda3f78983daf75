"""A client for whom registrations arrive at a fixed rate, whatever becomes of those before.

    python -m bench.arriving PORT RATE COUNT FIRST COURSES SEED    → JSON on stdout

Each takes a connection that is idle, or a new one. How long it took counts from when it was meant
to begin to the last byte of the answer: `p50`, `p99` and `most` in milliseconds. One that was
refused (any answer but 201) or lost (the connection ended, or no answer came in time) counts as the
longest that is waited for, so that it makes none of the three better; both are told, and how many
were late.
"""

from __future__ import annotations

import asyncio
import json
import sys
from time import monotonic

import uvloop

from bench.load import request
from cli.crowd.lines import Lines
from cli.crowd.pace import arrive, moments, percentile

LOST = 30.0  # seconds after which nobody waits for an answer
LATE = 1.0  # seconds: whatever takes longer is told
CONNECTIONS = 1_000  # at once; whoever comes then waits, on the clock


class Clients:
    """All of them, and what they got."""

    def __init__(self, port: int, first: int, courses: int) -> None:
        self._first, self._courses = first, courses
        self._lines = Lines(port, CONNECTIONS)
        self.took: list[float] = []  # seconds, of those that were answered by 201
        self.refused: dict[int, int] = {}  # status → how many
        self.lost = 0

    async def one(self, number: int, intended: float) -> None:
        """One of them arrives."""
        try:
            async with asyncio.timeout(LOST):
                answer = await self._lines.ask(request(self._first + number, self._courses))
        except (TimeoutError, OSError):
            self.lost += 1
            return
        if answer.status == 201:
            self.took.append(monotonic() - intended)
        else:
            self.refused[answer.status] = self.refused.get(answer.status, 0) + 1

    def close(self) -> None:
        """Nobody else arrives."""
        self._lines.close()

    def told(self) -> dict[str, object]:
        """What came of it."""
        refused = sum(self.refused.values())
        all_ = [1000 * one for one in self.took] + [1000 * LOST] * (refused + self.lost)
        return {
            "arrived": len(all_),
            "made": len(self.took),
            "refused": refused,
            "by_status": {str(status): many for status, many in sorted(self.refused.items())},
            "lost": self.lost,
            "late": sum(one > LATE for one in self.took),
            "p50": round(percentile(all_, 50), 2),
            "p99": round(percentile(all_, 99), 2),
            "most": round(max(all_), 2),
        }


async def main() -> None:
    """See above."""
    port, rate, count, first, courses, seed = sys.argv[1:]
    clients = Clients(int(port), int(first), int(courses))
    await arrive(moments(float(rate), int(count), int(seed)), clients.one)
    clients.close()
    print(json.dumps(clients.told()))


if __name__ == "__main__":
    uvloop.run(main())
