"""Which versions of a secret are good at a moment: the newest, and for a day those before it.

The same for what webhooks are signed with and for what a partner signs its requests with.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

OVERLAP = timedelta(hours=24)  # that the former secret stays good
MOST = 5  # secrets at a time: each is a signature more to make, or to compare with


@dataclass(frozen=True, slots=True)
class Versions:
    """`version` 0 is none yet. Until `until` those from `former` on (None: the one before
    `version`) are good, too."""

    version: int
    former: int | None = None
    until: datetime | None = None

    def good(self, now: datetime) -> tuple[int, ...]:
        """Those that are good at that moment, the newest first."""
        if self.version == 0:
            return ()
        if self.until is None or self.until <= now:
            return (self.version,)
        oldest = self.version - 1 if self.former is None else self.former
        return tuple(range(self.version, oldest - 1, -1))

    def replaced(self, now: datetime) -> Versions:
        """With one more. Who replaces that one within the day has three, and so on: whoever still
        knows the first was promised a day."""
        if self.version == 0:
            return Versions(1)
        former = max(self.good(now)[-1], self.version + 2 - MOST)
        return Versions(self.version + 1, former, now + OVERLAP)
