"""Chances that depend on what something is about, and on nothing else.

Whether a mail is refused follows from the seed, its id and how often it was tried: not from what
happened before it. So a story that is shrunk keeps the troubles of what is left.
"""

from __future__ import annotations

from collections import Counter
from hashlib import sha256
from typing import TypeVar

T = TypeVar("T")


class Chances:
    """Of one place in the world outside. `rough` is how often, 0 to 1; `counts` what happened."""

    def __init__(self, place: str) -> None:
        self._place = place
        self.begin(0, 0.0, Counter())

    def begin(self, seed: int, rough: float, counts: Counter[str]) -> None:
        """A new history."""
        self._seed = seed
        self.rough = rough
        self._counts = counts
        self._tries: Counter[str] = Counter()

    def share(self, *about: object) -> float:
        """From 0 up to, but not, 1."""
        text = f"{self._seed}|{self._place}|{'|'.join(map(str, about))}"
        return int.from_bytes(sha256(text.encode()).digest()[:6]) / 2**48

    def trouble(self, about: str, kinds: dict[str, float]) -> str | None:
        """Which of these troubles strikes this try, if any; their weights add up to at most 1."""
        self._tries[about] += 1
        drawn = self.share(about, self._tries[about])
        below = 0.0
        for kind, weight in kinds.items():
            below += weight * self.rough
            if drawn < below:
                self._counts[f"{self._place}: {kind}"] += 1
                return kind
        return None
