"""When each window of a refund policy ends: the days of the picture, never an amount.

What cancelling gives is billing's to say, and asked of it for a moment of each window; here only
the calendar is read (interfaces.md §10 "Policy grammar").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from shared.dates import business_days_before, day_of, start_of_day

_TICK = timedelta(microseconds=1)
_SECOND = timedelta(seconds=1)
_BEFORE_ALL_TIME = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Band:
    """A window that is still to come or running: `ends` is the first instant after it.

    `ask_at` is a moment inside it, for a quote; `since` and `until` are its place between now and
    the start, in per cent.
    """

    outcome: str
    ends: datetime | None
    ask_at: datetime
    since: float
    until: float


def bands(policy: Mapping[str, Any], starts_at: datetime, now: datetime) -> list[Band]:
    """The windows from now on, in order; empty where the policy cannot be read.

    The last one, after the start, has no place on the axis (100 to 100).
    """
    zone = str(policy.get("zone") or "UTC")
    holidays = frozenset(_day(day) for day in policy.get("holidays") or ())
    found: list[Band] = []
    since = now
    for window in policy.get("windows") or ():
        try:
            ends = _end(window.get("until"), starts_at, zone, holidays)
        except (KeyError, TypeError, ValueError):
            return []
        if ends is not None and ends <= since:
            continue
        ask_at = max(since, ends - _SECOND) if ends else max(since, starts_at)
        at = _place(since, now, starts_at), _place(ends, now, starts_at)
        found.append(Band(str(window.get("outcome")), ends, ask_at, *at))
        if ends is None:
            break
        since = ends
    return found


def last_moment(ends: datetime) -> datetime:
    """The minute that is printed as the last one: a day's end is 23:59, not the next midnight."""
    return ends - _SECOND


def _end(until: Any, starts_at: datetime, zone: str, holidays: frozenset[date]) -> datetime | None:
    if until == "forever":
        return None
    if until == "start":
        return starts_at
    for unit in ("hours", "days", "business_days"):
        count = until.get(f"{unit}_before_start")
        if count is not None:
            break
    else:
        raise KeyError("until")
    if int(count) == 0:
        return starts_at
    try:
        ends = _before(unit, int(count), starts_at, zone, holidays, bool(until.get("inclusive")))
    except OverflowError:
        return _BEFORE_ALL_TIME
    return min(ends, starts_at)


def _before(
    unit: str,
    count: int,
    starts_at: datetime,
    zone: str,
    holidays: frozenset[date],
    inclusive: bool,
) -> datetime:
    if unit == "hours":
        exact = starts_at - timedelta(hours=count)
        return exact + _TICK if inclusive else exact
    first_day = day_of(starts_at, zone)
    last = (
        first_day - timedelta(days=count)
        if unit == "days"
        else business_days_before(first_day, count, holidays)
    )
    return start_of_day(last + timedelta(days=1) if inclusive else last, zone)


def _place(at: datetime | None, now: datetime, starts_at: datetime) -> float:
    if at is None or at >= starts_at or starts_at <= now:
        return 100.0
    return round(100 * max(0.0, (at - now) / (starts_at - now)), 2)


def _day(day: Any) -> date:
    return day if isinstance(day, date) else date.fromisoformat(str(day))


def lasts(policy: Mapping[str, Any], outcome: str) -> str:
    """How long a credit of this policy runs, such as `1 year`; empty where it does not say."""
    for window in policy.get("windows") or ():
        expires = window.get("expires")
        if window.get("outcome") == outcome == "credit" and isinstance(expires, Mapping):
            if expires.get("from", "issue") != "issue":
                return ""
            for unit in ("year", "month", "day"):
                count = expires.get(f"{unit}s")
                if count:
                    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
    return ""
