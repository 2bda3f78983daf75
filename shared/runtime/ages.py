"""How long ago a mark was passed, by a count that only grows: the age of what has no time on it.

The end of a partition and the ids of an outbox say how much came, not when. Who looks again and
again knows it to a look: what stands at a place came no later than the first look that saw the
count beyond it.
"""

from __future__ import annotations

MOST = 256  # looks that are kept; of more every second one goes


class Ages:
    """One count, as seen. Times are seconds of a clock that never goes back."""

    def __init__(self) -> None:
        self._seen: list[tuple[float, int]] = []  # (when, how far), both rising

    def age(self, place: int, end: int, now: float) -> float:
        """Seconds that what stands at `place` has been there at least, the count being `end`
        (what stands at `end` is still to come). 0 where nothing stands there."""
        if self._seen and end < self._seen[-1][1]:
            self._seen = []  # it began anew: a topic that was made again
        if not self._seen or end > self._seen[-1][1]:
            self._seen.append((now, end))
        if place >= end:
            self._seen = self._seen[-1:]
            return 0.0
        gone = next(n for n, (_, far) in enumerate(self._seen) if far > place)
        self._seen = self._seen[gone:]
        if len(self._seen) > MOST:  # never the first: it is the one that tells
            self._seen = [self._seen[0], *self._seen[1:-1:2], self._seen[-1]]
        return now - self._seen[0][0]
