"""The reference course as samples need it: as it is, cancelled, or with one session changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.notifications.domain.course import Said
from shared.contracts import registration
from shared.dates import parse_instant

_CHANGED: Mapping[str, tuple[str, dict[str, Any]]] = {
    "session_cancelled": (
        "s3",
        {"status": "cancelled", "cancelled_reason": "The platform is down that day."},
    ),
    "session_changed": (
        "s2",
        {
            "starts_at": parse_instant("2020-10-27T20:30:00Z"),
            "ends_at": parse_instant("2020-10-27T22:30:00Z"),
            "schedule_version": 2,
        },
    ),
}
BEFORE = Said(1, parse_instant("2020-10-26T20:00:00Z"), parse_instant("2020-10-26T22:00:00Z"))


def course_of(template: str) -> registration.CoursePublished | registration.CourseCancelled:
    """The course that a sample of this template is about."""
    if template == "course_cancelled":
        said = registration.CourseCancelled
        return said.model_validate({**said.example, "choose_until": "2020-10-26T03:59:59Z"})
    course = registration.CoursePublished.model_validate(registration.CoursePublished.example)
    if template not in _CHANGED:
        return course
    about, changes = _CHANGED[template]
    sessions = [
        one.model_copy(update=changes) if one.session_id == about else one
        for one in course.sessions
    ]
    return course.model_copy(update={"sessions": tuple(sessions)})
