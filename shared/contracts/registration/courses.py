"""Courses as state."""

from __future__ import annotations

from typing import Any, ClassVar

from shared.contracts import reference
from shared.contracts.course import Course
from shared.contracts.event import Instant, Text


class CoursePublished(Course):
    """The whole course, at every publication and change."""

    topic = "registration.courses"
    type = "course.published.v1"
    when = (
        "Whenever a course is published, and at every change of it: a session moved, cancelled or"
        " made up for, a new disclosure."
    )
    never = (
        "A change by itself: it carries the whole course, and the highest `version` holds. Nor "
        "how many seats are left."
    )
    key = "course_id"
    example: ClassVar[dict[str, Any]] = reference.COURSE


class CourseCancelled(Course):
    """The whole course once more, cancelled as a whole; money moves per registration only.

    Until `choose_until` learners may take a credit instead of their money; `prefer_credit` is what
    those get who say nothing.
    """

    topic = "registration.courses"
    type = "course.cancelled.v1"
    when = "When staff cancel a course as a whole."
    never = "The end of a registration, or its money: each registration says that for itself."
    key = "course_id"
    example: ClassVar[dict[str, Any]] = reference.COURSE | {
        "version": 2,
        "status": "cancelled",
        "reason": "The instructor is ill.",
        "cancelled_at": "2020-10-12T14:00:00Z",
        "choose_until": "2020-10-16T03:59:59Z",
    }

    status: Text = "cancelled"
    reason: Text = ""
    cancelled_at: Instant
    choose_until: Instant | None = None
    prefer_credit: bool = False
