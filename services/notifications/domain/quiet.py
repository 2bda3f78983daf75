"""The hours in which nobody is woken by a text (decision 77), by the learner's clock.

Sent all the same: what is about something that begins within two hours, or is going on. Whoever
has a session at six in the morning is up, or wants to know that they need not be.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from services.notifications.domain.texts import Wish
from shared.dates import zone_of

AWAKE = timedelta(hours=2)
TOO_QUIET = "at night, and of no use in the morning"


@dataclass(frozen=True)
class Quiet:
    """From the full hour `begins` to the full hour `ends` (0 to 23); none where both are one."""

    begins: int = 21
    ends: int = 8


def quiet_until(at: datetime, zone: str, quiet: Quiet) -> datetime | None:
    """When the quiet hours that `at` lies in end; None where it lies in none.

    An end that the clocks jump over is moved on by the jump; of one that comes twice the first.
    """
    tz = zone_of(zone)
    wall = at.astimezone(tz)
    hour, day = wall.hour, wall.date()
    if quiet.begins == quiet.ends:
        return None
    if quiet.begins < quiet.ends:
        if not quiet.begins <= hour < quiet.ends:
            return None
    elif hour >= quiet.begins:
        day += timedelta(days=1)
    elif hour >= quiet.ends:
        return None
    ends = datetime.combine(day, time(quiet.ends), tz).astimezone(UTC)
    return ends if ends > at else None


def when_to_send(wish: Wish, now: datetime, zone: str, quiet: Quiet) -> datetime | None:
    """`now`, or later; None where it would be of no use by then."""
    ends = quiet_until(now, zone, quiet)
    if ends is None or any(start - AWAKE <= now <= end for start, end in wish.about):
        return now
    soonest = min([ends, *(start - AWAKE for start, _ in wish.about if start - AWAKE > now)])
    return soonest if soonest <= wish.use_until else None
