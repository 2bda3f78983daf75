"""Wall times: those of the clock in a room, and which instant each is (decision 56).

`16:02`, also `4:02 PM`. They are times of the session's zone and of whichever day brings them
nearest to the session, so a session may run past midnight; what is further than six hours from it
is a slip of the pen. `3:05` on a day from 9 to 17 is doubtful, for five past three in the afternoon
may be meant. A wall time that does not exist, or comes twice and does not say which (`fold`), is
refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from services.attendance.domain.minutes import Window
from shared.dates import instant_of, zone_of
from shared.errors import Malformed, Refusal

SLACK = timedelta(hours=6)  # before and after the session
EARLY = timedelta(minutes=30)  # before or after, as people come and go: no doubt about the hour
_WALL = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\s*([AaPp])\.?[Mm]\.?)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Wall:
    """A time of the clock in the room; `either`: it may have been the morning's or the evening's,
    for it is at most 12 and nobody wrote AM or PM."""

    at: time
    either: bool = False


def read_wall(text: str, name: str) -> Wall:
    """A time as it was written in the column `name`; Malformed where it is none."""
    found = _WALL.fullmatch(text.strip())
    if found is not None:
        hour, minute, second, half = found.groups()
        of_day = int(hour)
        if half is not None:
            of_day = of_day % 12 + (12 if half in "pP" else 0) if 1 <= of_day <= 12 else 24
        try:
            at = time(of_day, int(minute), int(second or 0))
            return Wall(at, half is None and 1 <= of_day <= 12)
        except ValueError:
            pass
    raise Malformed("line-malformed", f"{name} is a time such as 16:02 or 4:02 PM.")


def instant_of_wall(wall: Wall, fold: int | None, window: Window, zone: str, name: str) -> datetime:
    """The instant of a wall time, on the day that brings it nearest to the session.

    Refused as doubtful: `3:05` that would lie well outside a session in which there is a 15:05.
    """
    tz = zone_of(zone)
    starts, ends = (
        at.astimezone(tz).replace(tzinfo=None) for at in (window.starts_at, window.ends_at)
    )
    first = starts.date() - timedelta(days=1)
    days = [first + timedelta(days=n) for n in range((ends.date() - first).days + 2)]

    def away(day: date, at: time = wall.at) -> timedelta:
        then = datetime.combine(day, at)
        return max(starts - then, then - ends, timedelta())

    day = min(days, key=away)
    if away(day) > SLACK:
        raise Malformed("line-malformed", f"{name} is more than six hours away from the session.")
    other = wall.at.replace(hour=(wall.at.hour + 12) % 24)
    if wall.either and away(day) > EARLY and not min(away(day, other) for day in days):
        written, meant = (f"{at:%H:%M}" for at in (wall.at, other))
        raise Malformed("line-malformed", f"{name}: is it {meant}, or {written}? Write AM or PM.")
    try:
        return instant_of(day, wall.at, zone, fold)
    except Refusal as why:
        raise Malformed("line-malformed", f"{name}: {why.detail}") from None
