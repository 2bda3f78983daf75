"""Sessions of a course file, each by itself or as a series, as `course.published` carries them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from services.registration.domain.placing import read_when, read_zone
from services.registration.domain.reading import Faults, Node
from services.registration.domain.schedule import overlaps
from services.registration.domain.series import each_of
from services.registration.domain.versions import going
from shared.addresses import is_web_address

Session = dict[str, Any]
SINGLE = ("in_person", "live_online", "recorded")
KNOWN = (
    "id", "date", "to_date", "from", "to", "fold", "zone", "hours", "meeting", "location",
    "breaks", "delivery", "title", "max_missed_seconds", "opens_minutes_before", "homework",
    "minutes",
)  # fmt: skip
MOST = 400


def read_sessions(
    node: Node,
    series: Node,
    zone: str,
    delivery: str,
    old: Sequence[Mapping[str, Any]] = (),
) -> list[Session]:
    """All sessions in order of their start, those of `series` among them.

    `old`: the course's as they stand; one that was cancelled and stays so is in nobody's way.
    """
    read = [_read(each, zone, delivery) for each in node.items(most=MOST)]
    meetings = Counter(s["meeting"]["id"] for s in read if s["meeting"])
    read += _read_series(series, zone, delivery)  # a series may well have one meeting for all
    where = series if node.absent and not series.absent else node
    if not read and isinstance(node.value, list | None) and (series.absent or series.value == []):
        node.wrong("A course has at least one session.")
    if len(read) > MOST:
        where.wrong(f"A course has at most {MOST} sessions.")
    for session_id, times in Counter(s["session_id"] for s in read).items():
        if times > 1 and session_id:
            where.wrong(f"The session {session_id} is there {times} times.")
    for meeting_id, times in meetings.items():
        if times > 1 and meeting_id:
            node.faults.warnings.append(f"The meeting {meeting_id} serves {times} sessions.")
    placed = sorted((s for s in read if "starts_at" in s), key=lambda s: str(s["starts_at"]))
    for crossing in overlaps(going(placed, old)):
        where.wrong(crossing)
    _of_one_format(node.faults, placed, delivery)
    return placed


def _read_series(node: Node, zone: str, delivery: str) -> list[Session]:
    """What is wrong with all sessions of a series is said once."""
    found: list[Session] = []
    listed = node.items(most=20) if isinstance(node.value, list) else [node]
    for series in [] if node.absent else listed:
        faults = Faults()
        apart = Node(series.value, series.pointer, faults)
        found += [_read(each, zone, delivery) for each in each_of(apart, KNOWN)]
        node.faults.take(faults)
    return found


def _of_one_format(faults: Faults, sessions: Sequence[Session], delivery: str) -> None:
    other = sorted({s["delivery"] for s in sessions} - {delivery})
    if delivery != "mixed" and other:
        faults.warnings.append(
            f"The course is {delivery}, some of its sessions {', '.join(other)}: that is mixed."
        )


def _read(node: Node, course_zone: str, course_delivery: str) -> Session:
    if not node.table():
        return {"session_id": "", "meeting": None}
    node.unknown(KNOWN)
    zone, delivery = node.at("zone"), node.at("delivery")
    opens, missed = node.at("opens_minutes_before"), node.at("max_missed_seconds")
    placed = {name: node.at(name).value for name in ("location", "meeting")}
    usual = usual_delivery(placed, course_delivery)
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
    when = read_when(node, session["zone"], recorded=session["delivery"] == "recorded")
    return session | (when or {})


def usual_delivery(session: Mapping[str, Any], course_delivery: str) -> str:
    """How a session of a file takes place that does not say so: as the course does; of a mixed
    course in the room it names, else online."""
    if course_delivery != "mixed":
        return course_delivery
    in_a_room = session.get("location") is not None and session.get("meeting") is None
    return "in_person" if in_a_room else "live_online"


def _meeting(node: Node) -> dict[str, str] | None:
    if node.absent or not node.table():
        return None
    url = node.at("url")
    address = url.text()
    if address and not is_web_address(address):
        url.wrong("An address begins with https:// and names a host.")
    return {"id": node.at("id").text(most=200), "url": address}
