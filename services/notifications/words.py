"""Money, days and times as people say them, in their locale and zone.

Remembered, for a session's times are said to everyone who comes.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import (
    format_date,
    format_skeleton,
    format_time,
    get_timezone,
    get_timezone_location,
)
from babel.numbers import format_currency, format_decimal

from shared.dates import zone_of
from shared.languages import Tongue, languages
from shared.money import Money

FALLBACK = Locale("en", "US")
_UTC = frozenset({"UTC", "Etc/UTC", "Etc/GMT"})


@lru_cache(maxsize=256)
def locale_of(name: str | None) -> Locale:
    """The reader's locale where its language is one that we write in, else American English."""
    try:
        locale = Locale.parse((name or "en-US").replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        return FALLBACK
    return locale if locale.language in languages() else FALLBACK


def tongue(locale: Locale) -> Tongue:
    """To say things in the locale's language."""
    return Tongue(locale.language)


def money(amount: Money, locale: Locale = FALLBACK) -> str:
    """`$199.00`."""
    return _plain(format_currency(Decimal(amount.major), amount.currency, locale=locale))


def number(value: Decimal, locale: Locale = FALLBACK) -> str:
    """`12.5`."""
    return _plain(format_decimal(value, locale=locale))


@lru_cache(maxsize=4096)
def day(when: datetime | date, zone: str, locale: Locale = FALLBACK) -> str:
    """`Monday, October 19, 2020`; an instant as its day in `zone`."""
    at = when.astimezone(zone_of(zone)).date() if isinstance(when, datetime) else when
    return _plain(format_date(at, "full", locale=locale))


def short_day(when: datetime, zone: str, locale: Locale = FALLBACK) -> str:
    """`Mon, Oct 19`, for what must be short; an instant as its day in `zone`."""
    local = when.astimezone(zone_of(zone))
    return _plain(format_skeleton("MMMEd", local, locale=locale))


@lru_cache(maxsize=4096)
def clock(when: datetime, zone: str, locale: Locale = FALLBACK) -> str:
    """`4:00 PM`, as clocks in `zone` show it."""
    return _plain(format_time(when.astimezone(zone_of(zone)), "short", locale=locale))


def hours(start: datetime, end: datetime, zone: str, locale: Locale = FALLBACK) -> str:
    """`4:00 – 6:00 PM`; the day of the end is named where it is another one."""
    starts, ends = clock(start, zone, locale), clock(end, zone, locale)
    tz = zone_of(zone)
    if start.astimezone(tz).date() != end.astimezone(tz).date():
        return f"{starts} – {day(end, zone, locale)}, {ends}"
    half = starts.rpartition(" ")[2]
    if half.isalpha() and ends.endswith(half):  # once is enough: 4:00 – 6:00 PM
        starts = starts.removesuffix(half).rstrip()
    return f"{starts} – {ends}"


@lru_cache(maxsize=4096)
def place(when: datetime, zone: str, locale: Locale = FALLBACK) -> str:
    """`New York time (EDT)`: the zone as people call it, and what applies there at that instant."""
    tz = zone_of(zone)
    local = when.astimezone(tz)
    short = local.strftime("%Z")
    if not short.isalpha():  # zones without a name of their own say only +03
        offset = local.strftime("%z")
        short = f"UTC{offset[:3]}:{offset[3:]}".replace("-", "−")
    if zone in _UTC:
        return "UTC"
    # L10N: "New York time (EDT)": how people call the time of a place
    return tongue(locale).say(
        "%(city)s time (%(short)s)", city=_city(tz, zone, locale), short=short
    )


def time_of(zone: str, locale: Locale = FALLBACK) -> str:
    """`New York time`, whatever applies there at the moment."""
    if zone in _UTC:
        return "UTC"
    # L10N: "New York time": how people call the time of a place
    return tongue(locale).say("%(city)s time", city=_city(zone_of(zone), zone, locale))


def moment(when: datetime, zone: str, locale: Locale = FALLBACK) -> str:
    """`Monday, October 5, 2020, 11:59 PM, New York time (EDT)`."""
    return f"{short(when, zone, locale)}, {place(when, zone, locale)}"


def short(when: datetime, zone: str, locale: Locale = FALLBACK) -> str:
    """`Monday, October 5, 2020, 11:59 PM`."""
    return tongue(locale).say(
        # L10N: a moment: "Monday, October 5, 2020, 11:59 PM"
        "%(day)s, %(time)s",
        day=day(when, zone, locale),
        time=clock(when, zone, locale),
    )


def moments(when: datetime, yours: str, theirs: str, locale: Locale = FALLBACK) -> list[str]:
    """The moment in the learner's zone first, and in the provider's where its clocks differ."""
    said = [moment(when, yours, locale)]
    return said if same_clock(when, yours, theirs) else [*said, moment(when, theirs, locale)]


def same_clock(when: datetime, yours: str, theirs: str) -> bool:
    """Do the clocks of two zones show the same at that instant?"""
    return when.astimezone(zone_of(yours)).utcoffset() == (
        when.astimezone(zone_of(theirs)).utcoffset()
    )


def _city(tz: ZoneInfo, zone: str, locale: Locale) -> str:
    try:
        return _plain(get_timezone_location(get_timezone(zone), locale=locale, return_city=True))
    except LookupError:
        return tz.key.rsplit("/", 1)[-1].replace("_", " ")


def _plain(text: str) -> str:
    # Newer locale data puts narrow no-break spaces before PM; some mail readers show a box.
    return text.replace("\u202f", " ").replace("\u00a0", " ")
