"""Messages about a seat: received, waiting, offered, confirmed, and the links once more."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.notifications.domain.course import Course
from services.notifications.domain.story import SEATED, Story, Wanted

LINE_LATE = timedelta(days=7)  # how long it still helps that the waiting list has ended


def seat_messages(story: Story, course: Course) -> list[Wanted]:
    """What the learner must hear about the seat (domain.md §4): of a cancelled course there is no
    seat to tell of, to pay, or to wait for; only who asks for their links gets them."""
    if course.cancelled:
        return _links(story)
    return [
        *_received(story, course),
        *_waiting(story, course),
        *_confirmed(story, course),
        *_links(story),
    ]


def _received(story: Story, course: Course) -> list[Wanted]:
    # Only where a seat is held until it is paid: without a hold the confirmation, or the place in
    # line, is said at once and says it all. Sent also if the payment was quicker than the mail,
    # for it is the record of what was ordered; the words then differ.
    hold = story.hold_expires_at
    if story.requested_at is None or hold is None:
        return []
    if story.state not in ("requested", *SEATED):
        return []
    about = (story.registration_id, 1)
    until = course.ends_at if story.paid else hold
    return [Wanted("registration_received", *about, story.requested_at, until)]


def line_ends_at(course: Course) -> datetime | None:
    """Until when seats are offered to who waits: registration closes, or the course begins."""
    first = [session.starts_at for session in course.held[:1]]
    return min([*first, *([course.closes_at] if course.closes_at else [])], default=None)


def _waiting(story: Story, course: Course) -> list[Wanted]:
    about = story.registration_id
    if story.state == "waitlisted" and story.waitlisted_at:
        ends = line_ends_at(course)
        found = [Wanted("waitlisted", about, 1, story.waitlisted_at, ends)]
        if ends is not None:  # who still waits then is told, once, that no seat came
            found.append(Wanted("waitlist_ended", about, 1, ends, ends + LINE_LATE))
        return found
    if story.state == "offered" and story.offers:
        last = story.offers[-1]
        return [Wanted("offer", about, len(story.offers), last.offered_at, last.expires_at)]
    if story.state == "lapsed" and story.offers and story.lapsed_at:
        # Who missed the offer may still want to come, as long as there is something to come to.
        until = course.held[0].starts_at if course.held else None
        return [Wanted("offer_ended", about, len(story.offers), story.lapsed_at, until)]
    return []


def _confirmed(story: Story, course: Course) -> list[Wanted]:
    """Of use as long as there is something to come to: of a cohort that a partner reports once it
    has been taught, nobody is told that they have a seat."""
    if story.state not in SEATED or story.confirmed_at is None:
        return []
    # A substitution raises the token's version: the colleague is confirmed with new links.
    about = (story.registration_id, story.token_version)
    return [Wanted("registration_confirmed", *about, story.confirmed_at, course.ends_at)]


def _links(story: Story) -> list[Wanted]:
    return [Wanted("links", request, 1, at) for request, at in story.link_requests]
