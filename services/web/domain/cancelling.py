"""Where billing's windows lie between now and the start: the picture, never an amount or an end.

What cancelling gives, and when each window ends, is billing's to say; here they are only placed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Window:
    """A window as billing says it: `ends` is the first instant that is too late, None is never."""

    outcome: str
    ends: datetime | None


@dataclass(frozen=True, slots=True)
class Band:
    """A window that is still to come or running.

    `ask_at` is a moment inside it, for a quote; `since` and `until` are its place between now and
    the start, in per cent.
    """

    outcome: str
    ends: datetime | None
    ask_at: datetime
    since: float
    until: float


def bands(windows: Iterable[Window], starts_at: datetime, now: datetime) -> list[Band]:
    """The windows from now on, in order.

    The last one, after the start, has no place on the axis (100 to 100).
    """
    found: list[Band] = []
    since = now
    for window in windows:
        ends = window.ends
        if ends is not None and ends <= since:
            continue
        ask_at = max(since, ends - _SECOND) if ends else max(since, starts_at)
        at = _place(since, now, starts_at), _place(ends, now, starts_at)
        found.append(Band(window.outcome, ends, ask_at, *at))
        if ends is None:
            break
        since = ends
    return found


def running(windows: Iterable[Window], now: datetime) -> tuple[Window | None, Window | None]:
    """The window that is running, and the one that ran before it."""
    before = None
    for window in windows:
        if window.ends is None or window.ends > now:
            return window, before
        before = window
    return None, before


def last_moment(ends: datetime) -> datetime:
    """The minute that is printed as the last one: a day's end is 23:59, not the next midnight."""
    return ends - _SECOND


def _place(at: datetime | None, now: datetime, starts_at: datetime) -> float:
    if at is None or at >= starts_at or starts_at <= now:
        return 100.0
    return round(100 * max(0.0, (at - now) / (starts_at - now)), 2)


def lasts(policy: Mapping[str, Any], outcome: str) -> tuple[int, str] | None:
    """How long a credit of this policy runs, such as `(1, "year")`; None where it does not say."""
    for window in policy.get("windows") or ():
        expires = window.get("expires")
        if window.get("outcome") == outcome == "credit" and isinstance(expires, Mapping):
            if expires.get("from", "issue") != "issue":
                return None
            for unit in ("year", "month", "day"):
                count = expires.get(f"{unit}s")
                if count:
                    return int(count), unit
    return None
