"""A series of a course file: sessions that differ by their day, and by what `each` says of them.

    series:
      first: "2020-10-19"
      every: {weeks: 1}           # or days, or months
      weekdays: [monday, thursday]  # of months: [second tuesday, last friday]
      count: 8                    # or until: "2020-12-31"
      skip: ["2020-11-26"]
      from: "16:00"
      to: "18:00"
      each: [{title: The beginning}, {title: The rest}]

All else is as in a session. Their ids count up: s1, s2, and so on (w1, w2 with `ids: w`). No name
is `on`, which YAML reads as true.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date

from services.registration.domain.placing import YEARS
from services.registration.domain.reading import Layered, Node
from services.registration.domain.rhythm import (
    NTH,
    WEEKDAYS,
    Place,
    Rhythm,
    Unit,
    days_of,
    shortened,
)
from shared.dates import parse_day
from shared.errors import Refusal

OF_SERIES = ("first", "every", "weekdays", "count", "until", "skip", "ids", "each")
_GENERATED = ("id", "date", "to_date")
_UNITS: Mapping[str, tuple[Unit, int]] = {
    "days": ("days", 366),
    "weeks": ("weeks", 52),
    "months": ("months", 24),
}
MOST = 400


def each_of(node: Node, known: Collection[str]) -> list[Node]:
    """The sessions of a series, each to be read as if it stood there by itself."""
    if not node.table():
        return []
    shared = [name for name in known if name not in _GENERATED]
    node.unknown((*OF_SERIES, *shared))
    ids = node.at("ids")
    prefix = "s" if ids.absent else ids.slug()[:90]
    days = _days(node)
    described = list(node.at("each").items(most=MOST))
    if days and len(described) > len(days):
        node.at("each").wrong(f"{len(described)} are described, but there are {len(days)}.")
    common = {name: value for name, value in node.value.items() if name in shared}
    found: list[Node] = []
    for number, day in enumerate(days, start=1):
        own = _own(described[number - 1], shared) if number <= len(described) else {}
        own["date"] = Node(day.isoformat(), node.at("first").pointer, node.faults)
        own["id"] = Node(f"{prefix}{number}", ids.pointer, node.faults)
        found.append(Layered(common, node.pointer, node.faults, own))
    return found


def _own(described: Node, shared: Collection[str]) -> dict[str, Node]:
    if described.absent or not described.table():
        return {}
    described.unknown(shared)
    return {name: described.at(name) for name in described.value if name in shared}


def _days(node: Node) -> list[date]:
    first, rhythm = _day(node.at("first")), _rhythm(node)
    number, until = _end(node)
    if first is None or rhythm is None or (number is None and until is None):
        return []
    if until is not None and until < first:
        node.at("until").wrong("The series ends before it begins.")
        return []
    if next(days_of(first, rhythm)) != first:
        name = WEEKDAYS[first.weekday()].capitalize()
        node.at("first").wrong(f"{first} is a {name}: the first day is one of those named.")
        return []
    skip = {day for each in node.at("skip").items(most=MOST) if (day := _day(each))}
    found, skipped = _until(node, days_of(first, rhythm), skip, number, until)
    for day in sorted(skip - skipped):
        node.faults.warnings.append(f"{node.pointer}/skip: {day} is no day of the series.")
    for day in shortened(found, first, rhythm):
        node.faults.warnings.append(f"{node.pointer}/first: {day} stands for day {first.day}.")
    return found


def _until(
    node: Node, days: Iterator[date], skip: Collection[date], number: int | None, until: date | None
) -> tuple[list[date], set[date]]:
    found: list[date] = []
    skipped: set[date] = set()
    for day in days:
        if (until is not None and day > until) or len(found) == number:
            break
        if day.year not in YEARS or len(found) == MOST:
            node.at("count" if until is None else "until").wrong(
                f"A series has at most {MOST} sessions, and ends with the year {YEARS[-1]}."
            )
            break
        if day in skip:
            skipped.add(day)
        else:
            found.append(day)
    if not found:
        node.at("skip").wrong("Every day of the series is skipped.")
    return found, skipped


def _end(node: Node) -> tuple[int | None, date | None]:
    number, until = node.at("count"), node.at("until")
    if number.absent == until.absent:
        number.wrong("A series ends after a count, or at the day until which it goes: say one.")
        return None, None
    if number.absent:
        return None, _day(until)
    return number.whole(least=1, most=MOST, fallback=1), None


def _rhythm(node: Node) -> Rhythm | None:
    every, on = node.at("every"), node.at("weekdays")
    [name, *more] = every.value if isinstance(every.value, dict) and every.value else [""]
    if more or name not in _UNITS:
        every.wrong("A rhythm is one of {days: n}, {weeks: n} and {months: n}.")
        return None
    unit, most = _UNITS[name]
    step = every.at(name).whole(least=1, most=most, fallback=1)
    named = list(on.items(most=35))
    if unit == "weeks":
        weekdays = [WEEKDAYS.index(each.choice(WEEKDAYS, WEEKDAYS[0])) for each in named]
        return Rhythm(unit, step, weekdays=weekdays)
    if unit == "months":
        return Rhythm(unit, step, places=[_place(each) for each in named])
    if named:
        on.wrong("Days that come every so many days have no weekday.")
    return Rhythm(unit, step)


def _place(node: Node) -> Place:
    nth, _, weekday = node.value.partition(" ") if isinstance(node.value, str) else ("", "", "")
    if nth not in NTH or weekday not in WEEKDAYS:
        node.wrong("A day of a month is written second tuesday, or last friday.")
        return 0, 0
    return (-1 if nth == "last" else NTH.index(nth)), WEEKDAYS.index(weekday)


def _day(node: Node) -> date | None:
    try:
        found = parse_day(node.value)
    except Refusal as why:
        node.refused(why)
        return None
    if found.year not in YEARS:
        node.wrong("The year is not one for a course.")
        return None
    return found
