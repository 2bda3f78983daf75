"""A course as it is for one registration: who took the share of a cancelled session back has no
make-up date of it (domain.md §2). All that they are told, reminded of and sent is of the others.
"""

from __future__ import annotations

from typing import Any

from services.notifications.models import Course, Registration
from shared.runtime.rows import replace


def for_them(course: Course, row: Registration) -> Course:
    """The copy with such a session as cancelled still; when it was is nothing new to them."""
    given_back = row.facts.get("shares", {})
    made_up = [
        one["session_id"]
        for one in course.body.get("sessions", ())
        if one["session_id"] in given_back and one["status"] != "cancelled"
    ]
    if not made_up:
        return course
    body: dict[str, Any] = {
        **course.body,
        "sessions": [
            {**one, "status": "cancelled"} if one["session_id"] in made_up else one
            for one in course.body["sessions"]
        ],
        "sessions_since": {
            session_id: since
            for session_id, since in course.body.get("sessions_since", {}).items()
            if session_id not in made_up
        },
    }
    return replace(course, body=body)
