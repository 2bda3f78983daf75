"""The provider cancelled the course, or a session of it: told at once (domain.md §2, §7)."""

from __future__ import annotations

from collections.abc import Collection

from services.notifications.domain.course import Course, Session
from services.notifications.domain.moves import last_told, told_all
from services.notifications.domain.story import SEATED, Held, Story, Wanted

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


def session_messages(story: Story, course: Course, held: Collection[Held]) -> list[Wanted]:
    """A session that will not be held, to whom a seat was given or held by then, each time it is
    cancelled; who registered later saw it, and who never paid has no seat in the others.

    Not where the whole course is cancelled since: that says it all. Nor where all that they know
    is that it is cancelled, for a make-up date was given and taken back before it was told; nor
    of one that was added and taken back before it was told.
    """
    since = story.requested_at or story.confirmed_at
    if course.cancelled or story.state not in SEATED or since is None:
        return []
    return [
        Wanted("session_cancelled", one.session_id, one.version, one.cancelled_at, one.ends_at)
        for one in course.sessions
        if one.cancelled_at is not None and one.cancelled_at >= since and not _known(one, held)
    ]


def _known(session: Session, held: Collection[Held]) -> bool:
    told = last_told(held, session.session_id)
    if told is None:
        return told_all(held)
    return told.cancelled and told.version < session.version
