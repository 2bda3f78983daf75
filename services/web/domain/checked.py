"""What a check of the invariants found, in the order in which one wants to read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

OLD = timedelta(days=2)  # after which a word says little of today


@dataclass(frozen=True)
class Verdict:
    """One invariant: `state` is broken, unchecked or holds; `count` of findings, and the first."""

    number: int
    says: str
    state: str
    count: int
    findings: tuple[Mapping[str, Any], ...]
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Word:
    """All of one check."""

    began_at: datetime
    told_at: datetime
    by: str
    verdicts: tuple[Verdict, ...]

    def many(self, state: str) -> int:
        """How many are so."""
        return sum(1 for one in self.verdicts if one.state == state)

    def is_old(self, now: datetime) -> bool:
        """Whether it says little of now."""
        return now - self.told_at > OLD


_ORDER = ("broken", "unchecked", "holds")


def spoken(
    results: Sequence[Mapping[str, Any]], began_at: datetime, told_at: datetime, by: str
) -> Word:
    """What is broken first, then what could not be looked at; else by number."""
    verdicts = [_verdict(one) for one in results]
    verdicts.sort(key=lambda one: (_ORDER.index(one.state), one.number))
    return Word(began_at, told_at, by, tuple(verdicts))


def _verdict(one: Mapping[str, Any]) -> Verdict:
    missing = tuple(one["missing"])
    state = "unchecked" if missing else "broken" if one["count"] else "holds"
    return Verdict(one["number"], one["says"], state, one["count"], tuple(one["findings"]), missing)
