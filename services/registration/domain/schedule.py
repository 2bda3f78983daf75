"""Sessions on the calendar: wall times with a zone, and the instants that follow (domain.md §5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any, TypeVar

from services.registration.domain.reading import Node
from shared.addresses import is_web_address
from shared.dates import instant_of, parse_day, parse_instant, parse_wall, rfc3339, zone_of
from shared.errors import Refusal

T = TypeVar("T")
Session = dict[str, Any]
SINGLE = ("in_person", "live_online", "recorded")
KNOWN = (
    "id", "date", "to_date", "from", "to", "fold", "zone", "hours", "meeting", "location",
    "breaks", "delivery", "title", "max_missed_seconds", "opens_minutes_before",
    "homework",
)  # fmt: skip
LONGEST = timedelta(hours=24)


def read_sessions(node: Node, zone: str, delivery: str) -> list[Session]:
    """Sessions of a course file as `course.published` carries them, in order of their start."""
    read = [_read(each, zone, delivery) for each in node.items(most=400)]
    if not read and isinstance(node.value, list | None):
        node.wrong("A course has at least one session.")
    for session_id, times in Counter(s["session_id"] for s in read).items():
        if times > 1 and session_id:
            node.wrong(f"The session {session_id} is there {times} times.")
    meetings = Counter(s["meeting"]["id"] for s in read if s["meeting"])
    for meeting_id, times in meetings.items():
        if times > 1 and meeting_id:
            node.faults.warnings.append(f"The meeting {meeting_id} serves {times} sessions.")
    placed = sorted((s for s in read if "starts_at" in s), key=lambda s: str(s["starts_at"]))
    for crossing in overlaps(placed):
        node.wrong(crossing)
    return placed


def overlaps(sessions: Sequence[Mapping[str, Any]]) -> list[str]:
    """Which sessions that take place begin before the one ahead of them has ended."""
    going = [session for session in sessions if session.get("status") != "cancelled"]
    return [
        f"{after['session_id']} begins before {before['session_id']} has ended."
        for before, after in pairwise(going)
        if after["starts_at"] < before["ends_at"]
    ]


def _read(node: Node, course_zone: str, course_delivery: str) -> Session:
    if not node.table():
        return {"session_id": "", "meeting": None}
    node.unknown(KNOWN)
    zone, delivery = node.at("zone"), node.at("delivery")
    opens, missed = node.at("opens_minutes_before"), node.at("max_missed_seconds")
    usual = _usual(node) if course_delivery == "mixed" else course_delivery
    session: Session = {
        "session_id": node.at("id").slug(),
        "title": node.at("title").text(needed=False),
        "status": "scheduled",
        "zone": course_zone if zone.absent else read_zone(zone),
        "hours": [each.text() for each in node.at("hours").items(most=24)],
        "homework": node.at("homework").text(needed=False),
        "location": node.at("location").text(needed=False),
        "delivery": usual if delivery.absent else delivery.choice(SINGLE, usual),
        "meeting": _meeting(node.at("meeting")),
    }
    if not opens.absent:
        session["opens_minutes_before"] = opens.whole(least=0, most=1440, fallback=15)
    if not missed.absent:
        seconds = missed.whole(least=0, most=86_400, fallback=900)
        session["rule"] = {"version": 1, "max_missed_seconds": seconds}
    _place(node, session)
    return session


def _usual(node: Node) -> str:
    """Where a session of a mixed course takes place that does not say so: in the room it names."""
    in_a_room = not node.at("location").absent and node.at("meeting").absent
    return "in_person" if in_a_room else "live_online"


def _meeting(node: Node) -> dict[str, str] | None:
    if node.absent or not node.table():
        return None
    url = node.at("url")
    address = url.text()
    if address and not is_web_address(address):
        url.wrong("An address begins with https:// and names a host.")
    return {"id": node.at("id").text(most=200), "url": address}


def read_zone(node: Node) -> str:
    """A zone of the tz database, or the empty text."""
    try:
        return zone_of(node.value).key
    except Refusal as why:
        node.refused(why)
        return ""


def _place(node: Node, session: Session) -> None:
    day = _asked(node.at("date"), parse_day)
    last = day if node.at("to_date").absent else _asked(node.at("to_date"), parse_day)
    begin, end = _asked(node.at("from"), parse_wall), _asked(node.at("to"), parse_wall)
    if day is None or last is None or begin is None or end is None or not session["zone"]:
        return
    if not 1990 <= day.year <= 2200:
        node.at("date").wrong("The year is not one for a course.")
        return
    fold = node.at("fold")
    choice = None if fold.absent else fold.whole(least=0, most=1, fallback=0)

    def instant(where: Node, on: date, wall: time) -> datetime | None:
        return _asked(where, lambda _: instant_of(on, wall, session["zone"], choice))

    starts_at, ends_at = instant(node.at("from"), day, begin), instant(node.at("to"), last, end)
    if starts_at is None or ends_at is None:
        return
    if not timedelta(0) < ends_at - starts_at <= LONGEST:
        node.at("to").wrong("A session ends after it begins, within a day.")
        return
    breaks = []
    for each in node.at("breaks").items(most=24):
        pause = [_asked(each.at(side), parse_wall) for side in ("from", "to")]
        if pause[0] is not None and pause[1] is not None:
            out, back = instant(each, day, pause[0]), instant(each, day, pause[1])
            if out is None or back is None or not starts_at <= out < back <= ends_at:
                each.wrong("A break lies within its session.")
            else:
                breaks.append((out, back))
    minutes = _minutes(ends_at - starts_at)
    session |= {
        "date": day.isoformat(),
        "wall_from": f"{begin:%H:%M}",
        "wall_to": f"{end:%H:%M}",
        "fold": choice,
        "starts_at": rfc3339(starts_at),
        "ends_at": rfc3339(ends_at),
        "minutes": minutes,
        "instruction_minutes": max(0, minutes - sum(_minutes(b - a) for a, b in breaks)),
        "breaks": [{"starts_at": rfc3339(a), "ends_at": rfc3339(b)} for a, b in breaks],
    }


def _minutes(length: timedelta) -> int:
    return int(length.total_seconds()) // 60


def _asked(node: Node, read: Callable[[Any], T]) -> T | None:
    try:
        return read(node.value)
    except Refusal as why:
        node.refused(why)
        return None


def held(sessions: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Those that take place: a cancelled one is not waited for. All of them where none does."""
    going = [session for session in sessions if session.get("status") != "cancelled"]
    return going or list(sessions)


def first_start(sessions: Sequence[Mapping[str, Any]]) -> datetime:
    """When the first session begins that takes place."""
    return min(parse_instant(session["starts_at"]) for session in held(sessions))


def last_end(sessions: Sequence[Mapping[str, Any]]) -> datetime:
    """When the last session ends that takes place."""
    return max(parse_instant(session["ends_at"]) for session in held(sessions))


def closing(sessions: Sequence[Mapping[str, Any]], asked: str | None) -> datetime:
    """When registration closes: as was asked, but with the first start at the latest."""
    latest = first_start(sessions)
    return min(parse_instant(asked), latest) if asked else latest


def instruction_minutes(sessions: Sequence[Mapping[str, Any]]) -> int:
    """Minutes taught in all sessions, breaks left out."""
    return sum(session["instruction_minutes"] for session in sessions)


def begun(at: datetime, *starts: datetime) -> bool:
    """Whether the course has begun for someone: exactly at the start counts as after it.

    Of the start as it was at purchase and as it is now the later one counts, so that a move can
    only help the learner (domain.md §2).
    """
    return at >= max(starts)
