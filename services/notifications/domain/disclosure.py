"""Asking again: the disclosure is another one than the learner accepted (domain.md §4)."""

from __future__ import annotations

from services.notifications.domain.course import Course
from services.notifications.domain.story import Story, Wanted


def disclosure_messages(story: Story, course: Course) -> list[Wanted]:
    """One a version, to who has a seat for good and has not accepted it; while it opens a door.

    Who waits, or has yet to pay, is asked when they take the seat.
    """
    asked, since = course.disclosure, course.disclosed_at
    if asked is None or since is None or story.state != "confirmed" or story.confirmed_at is None:
        return []
    if asked == story.accepted or not course.held:
        return []
    if story.accepted_at is not None and since < story.accepted_at:
        return []  # a newer one was accepted, of which the course has not told us yet
    due, until = max(since, story.confirmed_at), max(s.ends_at for s in course.held)
    return [Wanted("disclosure_changed", asked, 1, due, until)]
