"""The provider cancelled the course: told at once to all who were in it (domain.md §2, §7)."""

from __future__ import annotations

from services.notifications.domain.story import Course, Story, Wanted

LIVING = ("requested", "waitlisted", "offered", "confirmed")


def withdrawal_messages(story: Story, course: Course) -> list[Wanted]:
    """One message, whether the registration has ended since or waits for a choice.

    Who cancelled before hears nothing; what comes back is told apart, once it is decided.
    """
    if not course.cancelled or course.cancelled_at is None:
        return []
    if story.state not in LIVING and not (story.state == "cancelled" and story.by_provider):
        return []
    return [Wanted("course_cancelled", story.registration_id, 1, course.cancelled_at)]
