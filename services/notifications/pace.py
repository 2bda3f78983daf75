"""So many mails a second to each domain of recipients, and no more: by this process's own clock.

Processes do not know of one another. Each takes its part of the rate, by the number of processes
that it was told of: while more than those run, as for moments of a rolling upgrade, a domain gets
more. One that stands still leaves its part unused.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from time import monotonic

from services.notifications.domain.delivery import HeldBackError

LONGEST = 6.0  # seconds that a mail waits for its turn, with its intent written
_SPREAD = 60.0  # seconds within which those that are held back come back, one a turn
_AHEAD = 1.0  # seconds' worth that may go at once, after a pause
_REMEMBERED = 4096


class Pace:
    """`usual` mails a second to a domain, `of` for some; 0 is no limit."""

    def __init__(
        self, usual: float = 0.0, of: Mapping[str, float] | None = None, processes: int = 1
    ) -> None:
        self._usual = usual
        self._of = {domain.lower(): rate for domain, rate in (of or {}).items()}
        self._processes = processes
        self._next: dict[str, float] = {}
        self._back: dict[str, float] = {}

    async def turn(self, domain: str) -> None:
        """Until it is the turn of a mail to that domain. Raises HeldBackError where that is not
        soon: then its turn is not taken."""
        wait = self.reserve(domain, monotonic())
        if wait > 0:
            await asyncio.sleep(wait)

    def reserve(self, domain: str, now: float) -> float:
        """Take the next turn; seconds until then. Raises HeldBackError instead of a long wait.

        Those held back come back one after another: all at once, thousands would be prepared again
        and again for one turn.
        """
        rate = self._of.get(domain, self._usual) / self._processes
        if rate <= 0:
            return 0.0
        gap = 1 / rate
        at = max(self._next.get(domain, 0.0), now - max(_AHEAD - gap, 0.0))
        if at - now > LONGEST:
            back = max(at, min(self._back.get(domain, 0.0), now + _SPREAD))
            self._back[domain] = back + gap
            raise HeldBackError(back - now)
        if len(self._next) >= _REMEMBERED:
            self._next = {key: later for key, later in self._next.items() if later > now - _AHEAD}
            self._back = {key: later for key, later in self._back.items() if later > now}
        self._next[domain] = at + gap
        return max(0.0, at - now)
