"""Days, wall times and instants, without a clock.

Whole calendar days are those of a named zone (domain.md §2): the last moment of a day is the
microsecond before the next day begins there. A wall time that does not exist is refused, one that
comes twice needs a choice (domain.md §5).
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from shared.errors import Invalid

_INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2}:[0-9]{2})"
    r"(?:\.([0-9]{1,9}))?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_WALL = re.compile(r"[0-9]{2}:[0-9]{2}(?::[0-9]{2})?")
_TICK = timedelta(microseconds=1)


class UnknownZone(Invalid, ValueError):
    """Not a zone of the tz database."""

    slug = "zone-unknown"


class BadTime(Invalid, ValueError):
    """A date, a wall time or an instant that cannot be read."""

    slug = "time-invalid"


class NonexistentTime(Invalid, ValueError):
    """The clocks jump over this wall time on that day."""

    slug = "wall-time-nonexistent"


class AmbiguousTime(Invalid, ValueError):
    """This wall time comes twice on that day, and `fold` does not say which."""

    slug = "wall-time-ambiguous"


def zone_of(name: Any) -> ZoneInfo:
    """The zone of that name of the tz database."""
    if not isinstance(name, str) or not name or len(name) > 64 or not name.isascii():
        raise UnknownZone("A zone is a name of the tz database, such as America/New_York.")
    found = _zone(name)
    if found is None:
        raise UnknownZone(f"The tz database has no zone {name!r}.")
    return found


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def instant_of(day: date, wall: time, zone: str, fold: int | None = None) -> datetime:
    """The UTC instant at which clocks in `zone` show `wall` on `day`; `fold` 0 earlier, 1 later."""
    tz = zone_of(zone)
    local = datetime.combine(day, wall.replace(tzinfo=None, fold=0))
    try:
        first = local.replace(tzinfo=tz).astimezone(UTC)
        second = local.replace(tzinfo=tz, fold=1).astimezone(UTC)
    except OverflowError:
        raise BadTime("That date is out of range.") from None
    if first == second:
        return first
    if first.astimezone(tz).replace(tzinfo=None) != local:
        raise NonexistentTime(f"{wall:%H:%M} on {day} does not exist in {zone}.")
    if fold is None:
        raise AmbiguousTime(f"{wall:%H:%M} on {day} comes twice in {zone}; say fold 0 or 1.")
    return second if fold else first


def day_of(instant: datetime, zone: str) -> date:
    """The calendar day on which `instant` falls in `zone`."""
    return instant.astimezone(zone_of(zone)).date()


def start_of_day(day: date, zone: str) -> datetime:
    """The first instant of `day` in `zone`, also where clocks jump over midnight."""
    return datetime.combine(day, time(), tzinfo=zone_of(zone)).astimezone(UTC)


def end_of_day(day: date, zone: str) -> datetime:
    """The last microsecond of `day` in `zone`."""
    return start_of_day(day + timedelta(days=1), zone) - _TICK


def add_months(day: date, months: int) -> date:
    """The same day of the month, `months` later; the month's last day where there is none."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def add_years(day: date, years: int) -> date:
    """The same day, `years` later; 29 February becomes 28 February (domain.md §3)."""
    return add_months(day, 12 * years)


def is_business_day(day: date, holidays: Collection[date] = ()) -> bool:
    """Monday to Friday, less the holidays (interfaces.md §10)."""
    return day.weekday() < 5 and day not in holidays


def business_days_before(day: date, count: int, holidays: Collection[date] = ()) -> date:
    """The `count`-th business day before `day`; `day` itself where `count` is 0."""
    while count > 0:
        day -= timedelta(days=1)
        count -= is_business_day(day, holidays)
    return day


def utc(instant: datetime) -> datetime:
    """The same instant in UTC; a naive one is refused."""
    if instant.tzinfo is None:
        raise BadTime("An instant needs an offset.")
    return instant.astimezone(UTC)


def rfc3339(instant: datetime) -> str:
    """`2020-10-19T20:00:00Z`; a fraction only where there is one."""
    return utc(instant).isoformat().removesuffix("+00:00") + "Z"


def parse_instant(text: Any) -> datetime:
    """An RFC 3339 instant, in UTC; finer than a microsecond is cut off."""
    found = _INSTANT.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise BadTime("An instant is RFC 3339 with an offset, such as 2020-10-19T20:00:00Z.")
    day, clock, fraction, offset = found.groups()
    micros = (fraction or "")[:6].ljust(6, "0")
    shift = "+00:00" if offset in "Zz" else offset
    try:
        return datetime.fromisoformat(f"{day}T{clock}.{micros}{shift}").astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadTime(f"{text} is not on the calendar.") from None


def parse_day(text: Any) -> date:
    """A calendar day as `2020-10-19`."""
    if not isinstance(text, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise BadTime("A day is written 2020-10-19.")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadTime(f"{text} is not on the calendar.") from None


def parse_wall(text: Any) -> time:
    """A wall time as `16:00`."""
    if not isinstance(text, str) or not _WALL.fullmatch(text):
        raise BadTime("A wall time is written 16:00.")
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise BadTime(f"{text} is not on the clock.") from None
