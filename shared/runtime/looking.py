"""How long a relay waits before it looks into the outbox again.

Whoever commits in the relay's own process wakes it. What other processes write it finds by looking,
and there the pause between two looks is most of what an event waits: where it has found some in
that way, more are likely to come, so it goes on looking often for a little while (a look costs some
40 µs of processors). `NOTIFY` would tell it without a look, and make all commits of the database
wait for one another.
"""

from __future__ import annotations

from collections.abc import Callable

SHORT, LONG = 0.003, 0.2  # seconds between two looks, at least and at most
EAGER = 0.05  # seconds of short pauses after rows that nobody in this process spoke of


class Looking:
    """The pauses of one relay; `tick` gives monotonic seconds."""

    def __init__(self, tick: Callable[[], float]) -> None:
        self._tick = tick
        self._eager_until = tick()
        self._pause = SHORT

    def after(self, found: bool, woken: bool) -> float:
        """Seconds until the next look, after one that found rows or did not, and to which it was
        woken or came by itself. In vain they are four times as many each time, up to `LONG`."""
        now = self._tick()
        if found and not woken:
            self._eager_until = now + EAGER
        in_vain = not found and now >= self._eager_until
        self._pause = min(self._pause * 4, LONG) if in_vain else SHORT
        return self._pause
