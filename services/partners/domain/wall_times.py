"""How partners write days and times: a short closed list, each read in one way (domain.md §5).

`DD/MM/YYYY` and `MM/DD/YYYY` cannot be told apart by looking, so nothing is guessed: the mapping
names one. A wall time needs its zone; one that does not exist there is refused, and so is one that
comes twice, unless the item says which.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time

from shared.dates import BadTime, instant_of, parse_instant

_DAYS = {
    "YYYY-MM-DD": r"(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})",
    "YYYYMMDD": r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})",
    "DD.MM.YYYY": r"(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})",
    "DD/MM/YYYY": r"(?P<d>\d{1,2})/(?P<m>\d{1,2})/(?P<y>\d{4})",
    "MM/DD/YYYY": r"(?P<m>\d{1,2})/(?P<d>\d{1,2})/(?P<y>\d{4})",
}
_TIMES = {
    "HH:mm": r"(?P<H>\d{1,2}):(?P<M>\d{2})",
    "HH:mm:ss": r"(?P<H>\d{1,2}):(?P<M>\d{2}):(?P<S>\d{2})",
    "hh:mm AM": r"(?P<H>\d{1,2}):(?P<M>\d{2}) ?(?P<half>[AaPp][Mm])",
}
_WALLS = {
    f"{day} {clock}": re.compile(f"{days} {clocks}", re.ASCII)
    for day, days in _DAYS.items()
    for clock, clocks in _TIMES.items()
} | {
    f"YYYY-MM-DDT{clock}": re.compile(f"{_DAYS['YYYY-MM-DD']}T{_TIMES[clock]}", re.ASCII)
    for clock in ("HH:mm", "HH:mm:ss")
}
_DAY = {name: re.compile(pattern, re.ASCII) for name, pattern in _DAYS.items()}
_SECONDS = re.compile(r"[0-9]{1,11}", re.ASCII)
INSTANTS = ("rfc3339", "unix")
DAYS = tuple(_DAYS)
FORMATS = (*INSTANTS, *_WALLS)
LONGEST = 40


def day_in(text: str, form: str) -> date:
    """The day that is written in one of `DAYS`. Raises BadTime."""
    found = _DAY[form].fullmatch(text[:LONGEST])
    if found is None:
        raise BadTime(f"A day is written {form} here.")
    return _day(found)


def instant_in(text: str, form: str, zone: str, fold: int | None) -> datetime:
    """The instant that is written in one of `FORMATS`; `zone` is not looked at for `INSTANTS`.

    Raises BadTime, UnknownZone, NonexistentTime, and AmbiguousTime where `fold` is None.
    """
    if form == "rfc3339":
        return parse_instant(text[:LONGEST])
    if form == "unix":
        if not _SECONDS.fullmatch(text):
            raise BadTime("Give whole seconds since 1970.")
        return datetime.fromtimestamp(int(text), UTC)
    found = _WALLS[form].fullmatch(text[:LONGEST])
    if found is None:
        raise BadTime(f"A time is written {form} here.")
    return instant_of(_day(found), _clock(found), zone, fold)


def _day(found: re.Match[str]) -> date:
    try:
        return date(int(found["y"]), int(found["m"]), int(found["d"]))
    except ValueError:
        raise BadTime("That day is not on the calendar.") from None


def _clock(found: re.Match[str]) -> time:
    given = found.groupdict()
    hour, half = int(given["H"]), (given.get("half") or "").lower()
    if half:
        if not 1 <= hour <= 12:
            raise BadTime("That hour is not on a clock of twelve.")
        hour = hour % 12 + (12 if half == "pm" else 0)
    try:
        return time(hour, int(given["M"]), int(given.get("S") or 0))
    except ValueError:
        raise BadTime("That time is not on the clock.") from None
