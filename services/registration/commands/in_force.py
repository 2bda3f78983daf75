"""What holds of a course when a registration is given up: said with it, for whoever decides on it.

Who hears of the course's moves and of this in another order comes to the same outcome so.
"""

from __future__ import annotations

from typing import Any

from services.registration.models import Course, CourseVersion, Registration
from shared.runtime.work import Work


def bought_version(row: Registration) -> tuple[type[CourseVersion], tuple[str, int]]:
    """The course as it was registered for."""
    return CourseVersion, (row.course_id, row.course_version)


def in_force(work: Work, row: Registration, choice: str | None = None) -> dict[str, Any]:
    """The course's version and start, and its policy where that is another than the one bought.

    Needs its course and `bought_version`.
    """
    course, then = work.get(Course, row.course_id), work.get(*bought_version(row))
    assert course is not None
    assert then is not None
    now, bought = course.terms["policy"] or {}, then.document["policy"] or {}
    return {
        "course_version": course.version,
        "starts_at_now": course.first_start,
        "policy_now": None if now.get("version") == bought.get("version") else now,
        "policy_choice": choice,
    }
