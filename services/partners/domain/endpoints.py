"""How an endpoint fares: its retries, its circuit, and when it is given up (domain.md §8).

A delivery is tried at once and then nine times more over about three days, as Standard Webhooks
has it; then it is parked. After ten failures in a row, of whatever deliveries, the circuit opens:
one probe after 30 seconds, the next after twice as long, up to 15 minutes. A probe ahead of a
delivery's own time does not count as one of its tries. Five days without a success end it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.partners.domain.answers import GONE, Outcome

_HOUR = 3600
PAUSES = (5, 300, 1800, 2 * _HOUR, 5 * _HOUR, 10 * _HOUR, 14 * _HOUR, 20 * _HOUR, 24 * _HOUR)
TRIES = len(PAUSES) + 1
TRIP = 10
FIRST_PROBE = 30  # seconds
LONGEST_PAUSE = 900
GIVEN_UP = timedelta(days=5)
SLOW = 3.0  # seconds of an answer
FAILING = "failing"


@dataclass(frozen=True, slots=True)
class Health:
    """`failures` in a row, since `failing_since`. Nothing is sent before `held_until`; `pause` is
    how many seconds the circuit was open for the last time, 0 where it is closed."""

    failures: int = 0
    failing_since: datetime | None = None
    held_until: datetime | None = None
    pause: int = 0

    @property
    def open(self) -> bool:
        """Whether no more than a probe may go out."""
        return self.failures >= TRIP

    def held(self, now: datetime) -> bool:
        """Whether nothing may go out now."""
        return self.held_until is not None and self.held_until > now


def after_round(before: Health, outcomes: Iterable[Outcome], now: datetime) -> Health:
    """How it fares after some tries, in the order in which they ended."""
    failures, since, pause, rest = before.failures, before.failing_since, before.pause, 0
    for outcome in outcomes:
        if outcome.taken:
            failures, since, pause = 0, None, 0
        else:
            failures, since = failures + 1, since or now
        rest = max(rest, outcome.rest)
    pause = min(max(FIRST_PROBE, 2 * pause), LONGEST_PAUSE) if failures >= TRIP else 0
    held = max(pause, rest)
    return Health(failures, since, now + timedelta(seconds=held) if held else None, pause)


def end_of(health: Health, outcomes: Iterable[Outcome], now: datetime) -> str:
    """Why nothing is sent to it any more, as a slug; empty where it goes on."""
    if any(outcome.reason == GONE for outcome in outcomes):
        return GONE
    since = health.failing_since
    return FAILING if since is not None and now - since >= GIVEN_UP else ""


@dataclass(frozen=True, slots=True)
class Trial:
    """Where a delivery stands: `next_at` is None unless it waits."""

    status: str
    attempts: int
    next_at: datetime | None


def tried(attempts: int, next_at: datetime, outcome: Outcome, now: datetime) -> Trial:
    """Where it stands after one more try; `next_at` is when that was to be."""
    if outcome.taken:
        return Trial("delivered", attempts + 1, None)
    if next_at > now:  # a probe, ahead of its time
        return Trial("waiting", attempts, next_at)
    if attempts + 1 >= TRIES:
        return Trial("parked", attempts + 1, None)
    pause = max(PAUSES[attempts], outcome.rest)
    return Trial("waiting", attempts + 1, now + timedelta(seconds=pause))
