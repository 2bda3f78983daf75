"""Two courses of the reference course's making, and who comes to them; all of it from the seed.

`short` has one session, three weeks on; `long` is the reference course, seven weeks on.
"""

import random
from datetime import UTC, datetime
from typing import Any

import yaml

from stack.profile import ROOT

START = datetime(2020, 9, 1, 12, tzinfo=UTC)
SHORT, LONG = "chaos-short", "chaos-long"
SESSION_STARTS = datetime(2020, 9, 21, 20, tzinfo=UTC)  # 16:00 in New York
PRICE, FEE = 19_900, 3_000  # the course's file: minor units, and what cancelling in time costs
_PROFESSIONS = [("counselor", "NJ"), ("social_worker", "MA"), ("educator", "WA"), ("nurse", "OR")]


def courses() -> list[dict[str, Any]]:
    """As they are published. A seat is held for a week, so that no fault makes it lapse."""
    file = ROOT / "examples" / "attachment-effectiveness-2020.yaml"
    whole = yaml.safe_load(file.read_text()) | {"capacity": 100_000, "hold_minutes": 10_080}
    session = whole["sessions"][0] | {"date": "2020-09-21", "hours": ["One", "Two"]}
    short = whole | {
        "id": SHORT,
        "ce_hours": 2,
        "sessions": [session],
        "board_defaults": whole["board_defaults"] | {"approved_hours": 2},
    }
    meetings = [
        one | {"meeting": {"id": f"89{one['meeting']['id'][2:]}", "url": one["meeting"]["url"]}}
        for one in whole["sessions"]
    ]
    return [short, whole | {"id": LONG, "sessions": meetings}]


def attendee(chance: random.Random, number: int) -> dict[str, Any]:
    """Somebody with an address that nobody else has."""
    profession, state = chance.choice(_PROFESSIONS)
    licence = {"profession": profession, "state": state, "number": f"{state}-{number}"}
    return {
        "name": f"Chaos {number}",
        "email": f"chaos{number}@example.org",
        "profession": profession,
        "licenses": [licence],
        "zone": "America/New_York",
        "locale": "en",
    }


def observed(chance: random.Random, registration_id: str) -> list[dict[str, Any]]:
    """Somebody who is there from the start to the end, and reconnects on the way, perhaps."""
    there = [("joined", 0), ("left", 120)]
    if chance.random() < 0.3:
        broken = chance.randint(20, 90)
        there = [("joined", 0), ("left", broken), ("joined", broken + 1), ("left", 120)]
    return [
        _line(f"{registration_id}-{place}", kind, minute, registration_id)
        for place, (kind, minute) in enumerate(there)
    ]


def meeting() -> list[dict[str, Any]]:
    """That the meeting itself began and ended."""
    return [
        _line("meeting-start", "meeting_started", 0),
        _line("meeting-end", "meeting_ended", 120),
    ]


def _line(name: str, kind: str, minute: int, registration_id: str = "") -> dict[str, Any]:
    at = datetime.fromtimestamp(SESSION_STARTS.timestamp() + 60 * minute, UTC)
    line = {
        "id": f"chaos-{name}",
        "course_id": SHORT,
        "session_id": "s1",
        "kind": kind,
        "at": at.isoformat().replace("+00:00", "Z"),
    }
    if registration_id:
        line |= {"registration_id": registration_id, "participant_id": f"p-{registration_id}"}
    return line
