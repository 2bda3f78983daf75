"""The reference course as a file, in JSON, as small as its story allows."""

from copy import deepcopy
from typing import Any

_POLICY: dict[str, Any] = {
    "version": 1,
    "zone": "America/New_York",
    "deliveries": ["in_person", "live_online", "mixed"],
    "windows": [
        {
            "until": {"days_before_start": 14, "inclusive": True},
            "outcome": "refund",
            "fee": {"two_day_workshop": 3000, "online_course": 3000, "four_day_workshop": 5000},
        },
        {
            "until": "start",
            "outcome": "credit",
            "of": "paid",
            "expires": {"years": 1, "from": "issue"},
            "for": "another_learning_product",
        },
        {"until": "forever", "outcome": "nothing"},
    ],
}

_COURSE: dict[str, Any] = {
    "id": "attachment",
    "title": "Improving Treatment Effectiveness with Attachment Theory",
    "kind": "online_course",
    "delivery": "live_online",
    "zone": "America/New_York",
    "instructors": [{"name": "Leslie Becker-Phelps", "credentials": "PhD"}],
    "objectives": ["Describe insecure attachment's effects.", "Use self-compassion."],
    "provider": {"name": "Praxis CET", "address": "1 Example Street, Example City"},
    "joint_sponsor": {"name": "Institute for Better Health, Inc", "short": "IBH"},
    "price": {"amount": 19900, "currency": "USD"},
    "capacity": 500,
    "disclosure": {"version": "2020-09-01", "text": "Sample wording."},
    "sessions": [
        {
            "id": f"s{number}",
            "date": day,
            "from": "16:00",
            "to": "18:00",
            "hours": ["First hour", "Second hour"],
            "meeting": {"id": f"880000000{number}", "url": f"https://meet.example/{number}"},
        }
        for number, day in enumerate(
            ("2020-10-19", "2020-10-26", "2020-11-02", "2020-11-09"), start=1
        )
    ],
    "ce_hours": 8,
    "board_defaults": {
        "approved_hours": 8,
        "minutes_per_unit": 60,
        "step": 0.25,
        "rounding": "down",
        "formats": ["live_online"],
        "approved": {"from": "2020-01-01", "to": "2022-12-31"},
        "holder": "unknown",
        "number": "placeholder",
    },
    "boards": [
        {
            "board": "NBCC",
            "unit": "clock hours",
            "mode": "PER_SESSION",
            "evaluation": True,
            "professions": ["counselor"],
        },
        {
            "board": "NYSED-MHC",
            "unit": "contact hours",
            "mode": "PER_SESSION",
            "professions": ["counselor"],
            "states": ["NY"],
        },
        {
            "board": "STATE",
            "unit": "contact hours",
            "mode": "ALL_OR_NOTHING",
            "evaluation": True,
            "professions": ["counselor", "mft", "social_worker"],
            "states": {"not": ["NY"]},
        },
    ],
    "refund_policy": _POLICY,
}


def course(**changes: Any) -> dict[str, Any]:
    """The reference course, with some of it changed; None takes a field out."""
    made = deepcopy(_COURSE) | changes
    return {name: value for name, value in made.items() if value is not None}
