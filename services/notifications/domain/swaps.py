"""Another meeting behind everyone's join link: who may be inside is told at once (domain.md §5).

A message a swap and person: its version is the swap's instant, in microseconds, so that it is the
same whichever of two swaps is heard first.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from services.notifications.domain.course import Course, Session
from services.notifications.domain.story import SEATED, Story, Wanted

_START = datetime(1970, 1, 1, tzinfo=UTC)


def swap_messages(story: Story, course: Course) -> list[Wanted]:
    """The last swap of each session, to who had a seat by then; useless once the session is over.

    Before the door opens nobody is inside, and the join link leads to the new meeting by itself:
    there is nothing to tell. Nor is there to who got the seat later.
    """
    if course.cancelled or story.state not in SEATED or story.confirmed_at is None:
        return []
    return [
        Wanted("meeting_swapped", one.session_id, _version(at), at, one.ends_at)
        for one in course.held
        if (at := course.swapped.get(one.session_id)) is not None
        and _is_inside(one, at)
        and one.session_id not in course.completed
        and story.confirmed_at <= at
    ]


def _is_inside(session: Session, at: datetime) -> bool:
    return (session.opens_at or session.starts_at) <= at < session.ends_at


def _version(at: datetime) -> int:
    return (at - _START) // timedelta(microseconds=1)
