"""Money, days and times as people say them, in their locale and zone."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from babel import Locale, UnknownLocaleError
from babel.dates import (
    format_date,
    format_skeleton,
    format_time,
    get_timezone,
    get_timezone_location,
)
from babel.numbers import format_currency, format_decimal

from services.web.domain import choices
from shared.dates import zone_of
from shared.languages import Tongue, languages
from shared.money import Money

FALLBACK = Locale("en", "US")


def locale_of(*accepted: str | None) -> Locale:
    """The first asked-for locale whose language is one that we write in, else American English.

    Each of `accepted` is a list as in Accept-Language. en-GB and en-US differ in how they write a
    day and an hour, and both are kept: a language without a place is given the place that a later
    one of the same language names.
    """
    found: Locale | None = None
    for asked in ",".join(one or "" for one in accepted).split(","):
        locale = _ours(asked.split(";", 1)[0].strip())
        if locale and found is None:
            found = locale
        if locale and found and locale.language == found.language and locale.territory:
            return locale
    return FALLBACK if found is None or found == Locale("en") else found


def english_of(accept_language: str | None) -> Locale:
    """The same for what is written in English alone: the reader's English, else American."""
    asked = (accept_language or "").split(",")
    return locale_of(",".join(one for one in asked if one.strip().lower().startswith("en")))


def _ours(name: str) -> Locale | None:
    try:
        locale = Locale.parse(name, sep="-") if name and name != "*" else None
    except (ValueError, UnknownLocaleError):
        return None
    return locale if locale and locale.language in languages() else None


def tongue(locale: Locale) -> Tongue:
    """To say things in the locale's language."""
    return Tongue(locale.language)


def money(amount: Money, locale: Locale = FALLBACK) -> str:
    """`$199.00`."""
    return format_currency(Decimal(amount.major), amount.currency, locale=locale)


def hours(amount: Decimal | float | str, locale: Locale = FALLBACK) -> str:
    """`8`, `7.5`, `6.75`: as few decimals as say it exactly."""
    return format_decimal(Decimal(str(amount)).normalize(), format="#,##0.###", locale=locale)


def day(when: datetime | date, zone: str, locale: Locale = FALLBACK) -> str:
    """`Monday, October 19, 2020`; an instant as its day in `zone`."""
    return format_date(_date(when, zone), "full", locale=locale)


def short_day(when: datetime | date, zone: str, locale: Locale = FALLBACK) -> str:
    """`October 19, 2020`."""
    return format_date(_date(when, zone), "long", locale=locale)


def clock(when: datetime, zone: str, locale: Locale = FALLBACK) -> str:
    """`4:00 PM`, as clocks in `zone` show it; `16:00` where that is how it is written."""
    return format_time(when.astimezone(zone_of(zone)), "short", locale=locale)


def span(start: datetime, end: datetime, zone: str, locale: Locale = FALLBACK) -> str:
    """`4:00 PM – 6:00 PM`; the day of the end is named where it is another one."""
    ends = clock(end, zone, locale)
    if _date(start, zone) != _date(end, zone):
        ends = f"{day(end, zone, locale)}, {ends}"
    return f"{clock(start, zone, locale)} – {ends}"


def days(first: datetime, last: datetime, zone: str, locale: Locale = FALLBACK) -> str:
    """`October 19 – November 9, 2020`; one day where it is one."""
    begin, end = _date(first, zone), _date(last, zone)
    if begin == end:
        return day(begin, zone, locale)
    if begin.year != end.year:
        return f"{short_day(begin, zone, locale)} – {short_day(end, zone, locale)}"
    start = format_skeleton("MMMMd", begin, locale=locale)
    return f"{start} – {short_day(end, zone, locale)}"


def place(when: datetime, zone: str, locale: Locale = FALLBACK) -> str:
    """`New York time (EDT)`: the zone as people call it, and what applies there at that instant."""
    if zone in {"UTC", "Etc/UTC", "Etc/GMT"}:
        return "UTC"
    local = when.astimezone(zone_of(zone))
    short = local.strftime("%Z")
    if not short.isalpha():  # zones without a name of their own say only +03
        offset = local.strftime("%z")
        short = f"UTC{offset[:3]}:{offset[3:]}".replace("-", "−")
    # L10N: "New York time (EDT)": how people call the time of a place
    return tongue(locale).say("%(city)s time (%(short)s)", city=city(zone, locale), short=short)


def city(zone: str, locale: Locale = FALLBACK) -> str:
    """`New York`."""
    try:
        found = get_timezone_location(get_timezone(zone), locale=locale, return_city=True)
    except LookupError:
        found = ""
    return found or zone.rsplit("/", 1)[-1].replace("_", " ")


def moment(when: datetime, zone: str, locale: Locale = FALLBACK) -> str:
    """`Monday, October 5, 2020, 11:59 PM, New York time (EDT)`."""
    return f"{day(when, zone, locale)}, {clock(when, zone, locale)}, {place(when, zone, locale)}"


def lasting(span: timedelta) -> str:
    """`a few seconds`, `40 s`, `12 min`, `2 h 5 min`, `3 days`: how long, and never less than none.

    By tens of seconds, so that what is live does not change all the time.
    """
    seconds = max(0, int(span.total_seconds()))
    if seconds < 60:
        return f"{seconds // 10 * 10} s" if seconds >= 10 else "a few seconds"
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86_400
    if hours < 1:
        return f"{minutes} min"
    if days < 1:
        return f"{hours} h {minutes % 60} min" if minutes % 60 else f"{hours} h"
    return f"{days} {'day' if days == 1 else 'days'}"


def _date(when: datetime | date, zone: str) -> date:
    return when.astimezone(zone_of(zone)).date() if isinstance(when, datetime) else when


def months(locale: Locale = FALLBACK) -> list[str]:
    """`January`, … `December`, as they stand alone."""
    return [str(locale.months["stand-alone"]["wide"][number]) for number in range(1, 13)]


def place_name(code: str, locale: Locale = FALLBACK) -> str:
    """`US-NY` → `New York, United States`; a part of another country by its code."""
    country, _, part = code.partition("-")
    named = locale.territories.get(country, country)
    if not part:
        return str(named)
    state = dict(choices.STATES).get(part, part) if country == "US" else part
    return f"{state}, {named}"
