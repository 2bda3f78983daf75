"""A session moved by hand: when it takes place then, and what the file had said (domain.md §5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.registration.domain.placing import WHEN, When, read_when, read_zone
from services.registration.domain.reading import Faults, Node
from shared.dates import parse_instant, rfc3339


def read_move(given: Mapping[str, Any], old: Mapping[str, Any]) -> tuple[When, Faults]:
    """The new place on the calendar, in the session's own zone where none is said.

    Breaks that are not said anew keep their distance from the start.
    """
    faults = Faults()
    recorded = old["delivery"] == "recorded"
    node = Node({"minutes": old["minutes"], **given} if recorded else dict(given), "", faults)
    zone = old["zone"] if node.at("zone").absent else read_zone(node.at("zone"))
    when = read_when(node, zone, recorded=recorded)
    if when is not None and node.at("breaks").absent and old["breaks"]:
        _take_breaks_along(node, when, old)
    return when or {}, faults


def moved(old: Mapping[str, Any], when: Mapping[str, Any]) -> dict[str, Any]:
    """The session at another time; `filed` keeps when its file has it, while that is otherwise.

    It takes place, though it may have been cancelled. The same time again is no move.
    """
    if old["status"] == "scheduled" and all(old[name] == when[name] for name in WHEN):
        return dict(old)
    session = {
        **old,
        **when,
        "status": "scheduled",
        "cancelled_reason": "",
        "schedule_version": old["schedule_version"] + 1,
    }
    filed = session.pop("filed", None) or {name: old[name] for name in WHEN}
    as_filed = all(filed[name] == when[name] for name in WHEN)
    return session if as_filed else session | {"filed": filed}


def _take_breaks_along(node: Node, when: When, old: Mapping[str, Any]) -> None:
    shift = parse_instant(when["starts_at"]) - parse_instant(old["starts_at"])
    end = parse_instant(when["ends_at"])
    breaks, minutes = [], 0
    for pause in old["breaks"]:
        out, back = (parse_instant(pause[side]) + shift for side in ("starts_at", "ends_at"))
        if back > end:
            node.at("breaks").wrong("A break would come after the end: say the breaks anew.")
            return
        breaks.append({"starts_at": rfc3339(out), "ends_at": rfc3339(back)})
        minutes += int((back - out).total_seconds()) // 60
    when |= {"breaks": breaks, "instruction_minutes": max(0, when["minutes"] - minutes)}
