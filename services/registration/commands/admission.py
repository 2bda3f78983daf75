"""Who is admitted at all: the window, the disclosure in force (domain.md §4)."""

from __future__ import annotations

from datetime import datetime

from services.registration.models import Course
from shared.errors import Conflict, NotFound


class CourseUnknown(NotFound):
    """Nobody published such a course."""

    slug = "course-unknown"


class RegistrationClosed(Conflict):
    """Too late: the window is over, or the first session has begun."""

    slug = "registration-closed"


class RegistrationNotOpen(Conflict):
    """Too early: the window has not begun."""

    slug = "registration-not-open"


class DisclosureOutdated(Conflict):
    """Another version of the disclosure is in force than the one that was accepted."""

    slug = "disclosure-outdated"


class CourseWithdrawn(Conflict):
    """The course was cancelled as a whole: everybody was told so, and it does not come back."""

    slug = "course-cancelled"


def require_standing(course: Course) -> None:
    """Refuse where the provider cancelled the course."""
    if course.status != "published":
        raise CourseWithdrawn("This course was cancelled.")


def require_open(course: Course, now: datetime) -> None:
    """Refuse outside the window, and where there is no course any more; exactly at its end is
    after it."""
    require_standing(course)
    if now >= course.closes_at:
        raise RegistrationClosed("Registration for this course has closed.")
    if course.opens_at is not None and now < course.opens_at:
        raise RegistrationNotOpen("Registration for this course has not opened yet.")


def require_not_over(course: Course, now: datetime) -> None:
    """Refuse once the course is over, or gone: who works at it may come to it until then."""
    require_standing(course)
    if now >= course.last_end:
        raise RegistrationClosed("This course is over.")


def require_disclosure(
    course: Course, accepted: str | None, *, required: bool | None = None
) -> None:
    """Refuse where the disclosure in force is another one, and say which: also where none had to
    be accepted, but something was that is not in force."""
    current = course.terms["disclosure_version"]
    if required is None:
        required = course.terms["disclosure_required"]
    if current is not None and (accepted or required) and accepted != current:
        raise DisclosureOutdated(
            f"The disclosure in force is {current}. Please review it and accept it.",
            current=current,
        )


def disclosed(course: Course, accepted: str | None) -> str | None:
    """The version that was accepted, where it is the one in force. Of a course without any nothing
    is kept: it would be anybody's words, and stand in facts."""
    return accepted if accepted == course.terms["disclosure_version"] else None
