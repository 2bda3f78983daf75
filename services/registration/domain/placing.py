"""Where on the calendar a session is: wall times with a zone, and the instants that follow (§5).

A live session lasts as long as it takes. A recording is watched at any time within its window, so
it says beside the window how many minutes it has.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar

from services.registration.domain.reading import Node
from shared.dates import instant_of, parse_day, parse_wall, rfc3339, zone_of
from shared.errors import Refusal

T = TypeVar("T")
When = dict[str, Any]
# What a place on the calendar is made of; a move changes these of a session, and nothing else.
WHEN = (
    "date", "wall_from", "wall_to", "fold", "zone", "starts_at", "ends_at", "minutes",
    "instruction_minutes", "breaks",
)  # fmt: skip
YEARS = range(1990, 2201)
LONGEST = timedelta(hours=24)
LONGEST_WINDOW = timedelta(days=3660)  # of a recording
_DAWN, _NIGHT = time(0, 0), time(23, 59)


def read_zone(node: Node) -> str:
    """A zone of the tz database, or the empty text."""
    try:
        return zone_of(node.value).key
    except Refusal as why:
        node.refused(why)
        return ""


def read_when(node: Node, zone: str, *, recorded: bool = False) -> When | None:
    """`date`, `from`, `to`, `to_date`, `fold`, `breaks` of a session in a zone; None if a fault."""
    day = _asked(node.at("date"), parse_day)
    last = day if node.at("to_date").absent else _asked(node.at("to_date"), parse_day)
    begin = _wall(node.at("from"), _DAWN if recorded else None)
    end = _wall(node.at("to"), _NIGHT if recorded else None)
    if day is None or last is None or begin is None or end is None or not zone:
        return None
    if day.year not in YEARS or last.year not in YEARS:
        node.at("date" if day.year not in YEARS else "to_date").wrong(
            "The year is not one for a course."
        )
        return None
    fold = node.at("fold")
    choice = None if fold.absent else fold.whole(least=0, most=1, fallback=0)
    starts_at = _instant(node.at("from"), day, begin, zone, choice)
    ends_at = _instant(node.at("to"), last, end, zone, choice)
    if starts_at is None or ends_at is None or not _lasts(node, ends_at - starts_at, recorded):
        return None
    breaks = [] if recorded else _breaks(node, (day, last), choice, (starts_at, ends_at), zone)
    minutes = _minutes(ends_at - starts_at)
    if recorded:
        minutes = node.at("minutes").whole(least=1, most=minutes, fallback=1)
    return {
        "date": day.isoformat(),
        "wall_from": f"{begin:%H:%M}",
        "wall_to": f"{end:%H:%M}",
        "fold": choice,
        "zone": zone,
        "starts_at": rfc3339(starts_at),
        "ends_at": rfc3339(ends_at),
        "minutes": minutes,
        "instruction_minutes": max(0, minutes - sum(_minutes(b - a) for a, b in breaks)),
        "breaks": [{"starts_at": rfc3339(a), "ends_at": rfc3339(b)} for a, b in breaks],
    }


def _lasts(node: Node, length: timedelta, recorded: bool) -> bool:
    longest, within = (LONGEST_WINDOW, "ten years") if recorded else (LONGEST, "a day")
    if timedelta(0) < length <= longest:
        return True
    node.at("to").wrong(f"A session ends after it begins, within {within}.")
    return False


def _breaks(
    node: Node,
    days: tuple[date, date],
    fold: int | None,
    window: tuple[datetime, datetime],
    zone: str,
) -> list[tuple[datetime, datetime]]:
    """Breaks within the session. It lasts no longer than a day, so a wall time ahead of its start
    is past midnight, and so is an end that is not after its break's beginning."""
    starts = window[0].astimezone(zone_of(zone)).time()
    found = []
    for each in node.at("breaks").items(most=24):
        if not each.table():
            continue
        begin, end = _wall(each.at("from")), _wall(each.at("to"))
        if begin is None or end is None:
            continue
        first = days[0] if begin >= starts else days[1]
        out = _instant(each, first, begin, zone, fold)
        back = _instant(each, first if end > begin else days[1], end, zone, fold)
        if out is None or back is None or not window[0] <= out < back <= window[1]:
            each.wrong("A break lies within its session.")
        else:
            found.append((out, back))
    return found


def _wall(node: Node, usual: time | None = None) -> time | None:
    if usual is not None and node.absent:
        return usual
    return _asked(node, parse_wall)


def _instant(node: Node, day: date, wall: time, zone: str, fold: int | None) -> datetime | None:
    return _asked(node, lambda _: instant_of(day, wall, zone, fold))


def _minutes(length: timedelta) -> int:
    return int(length.total_seconds()) // 60


def _asked(node: Node, read: Callable[[Any], T]) -> T | None:
    try:
        return read(node.value)
    except Refusal as why:
        node.refused(why)
        return None
