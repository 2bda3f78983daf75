"""What must be true at every instant, and not only in the end: looked at after each step in which
registration wrote anything.

Seats (invariant 3 of domain.md §10); and the line of §4: nobody waits beside a free seat, and whoever
came first is offered the first one.
"""

from __future__ import annotations

from cli.invariants import seats
from cli.invariants.registry import INVARIANTS, Outside
from tests.simulation.world import Broken, World

_SEATS = [one for one in INVARIANTS if one.check.__module__ == seats.__name__]
_BESIDE = """
SELECT course_id, capacity - sold - held - offered AS free, waiting
FROM seats JOIN courses USING (course_id)
WHERE capacity > sold + held + offered AND waiting > 0 AND status = 'published' AND closes_at > $1
  AND NOT EXISTS (SELECT FROM due WHERE kind = 'offer_more' AND ref = course_id)
"""
_LINE = """
SELECT registration_id, course_id, state, ticket FROM registrations
WHERE state IN ('waitlisted', 'offered')
"""


class Moments:
    """Of one history; `line` is who waited when it was last looked, with their tickets."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._outside = Outside(world.cluster.pools, "", "", "")
        self._line: dict[str, int] = {}

    async def look(self) -> None:
        """Raises Broken with what does not hold now; nothing is looked at where nothing was written."""
        registration = self._world.actors["registration"]
        if not registration.wrote:
            return
        registration.wrote = False
        found = [
            f"{one.number} {one.says}: {finding}"
            for one in _SEATS
            async for finding in one.check(self._outside)
        ]
        found += [
            f"{row['waiting']} wait beside {row['free']} free seats of {row['course_id']}"
            for row in await registration.rows(_BESIDE, self._world.clock.now())
        ]
        found += await self._jumped()
        if found:
            raise Broken("; ".join(found))

    async def _jumped(self) -> list[str]:
        """Who was offered a seat before somebody who came earlier."""
        rows = await self._world.actors["registration"].rows(_LINE)
        waiting = {row["registration_id"]: row for row in rows if row["state"] == "waitlisted"}
        offered = [row for row in rows if row["state"] == "offered"]
        found = [
            f"{one['registration_id']} was offered a seat before {other}, who came earlier"
            for one in offered
            for other, row in waiting.items()
            if row["course_id"] == one["course_id"]
            and row["ticket"] < self._line.get(one["registration_id"], 0)
        ]
        self._line = {which: row["ticket"] for which, row in waiting.items()}
        return found
