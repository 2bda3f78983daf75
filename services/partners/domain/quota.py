"""How much a partner may send in: lines a day and requests a minute (decision 126).

A day is one of UTC by the wall clock, as rate limits are. A request that would be too much is
refused whole and counts nothing, so that what is left stays for a smaller one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from shared.errors import TooMany

_DAY = timedelta(days=1)


class TooManyItems(TooMany):
    """More lines than are left of this day."""

    slug = "inbound-items-too-many"


class TooManyRequests(TooMany):
    """More requests than a minute has room for."""

    slug = "inbound-requests-too-many"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much it may be."""

    items_a_day: int
    requests_a_minute: int


@dataclass(frozen=True, slots=True)
class Day:
    """How many lines came on the day that began then."""

    began: datetime
    items: int


def today(counted: Day | None, now: datetime) -> Day:
    """What came today so far; `now` in UTC."""
    began = datetime.combine(now.date(), time(), now.tzinfo)
    return counted if counted is not None and counted.began == began else Day(began, 0)


def with_more(counted: Day | None, items: int, most: int, now: datetime) -> Day:
    """Today, with so many more. Raises TooManyItems."""
    day = today(counted, now)
    left = max(0, most - day.items)
    if items > left:
        wait = max(1, int((day.began + _DAY - now).total_seconds()) + 1)
        raise TooManyItems(
            f"{items} lines are too many: {left} of the {most} of a day (UTC) are left. Nothing of "
            "this request was taken.",
            limit=most,
            left=left,
            retry_after=wait,
        )
    return Day(day.began, day.items + items)
