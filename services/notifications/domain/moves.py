"""A session is at another time, or elsewhere, than a learner was told; or new (domain.md §5, §7).

What counts is what was said to this learner, not how often the session moved: moved and moved back
before anything went out is no news.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from services.notifications.domain.course import Course, Said, Session
from services.notifications.domain.seat import seat_messages
from services.notifications.domain.story import SEATED, Held, Story, Wanted

# What says when and where one is expected. Reminders only repeat it.
TELLING = frozenset(
    {
        "registration_received",
        "offer",
        "registration_confirmed",
        "session_changed",
        "session_cancelled",
    }
)
_WHOLE = frozenset({"registration_received", "registration_confirmed"})  # these name every session
_TRIED = ("sending", "sent", "failed")


def last_told(held: Iterable[Held], session_id: str) -> Said | None:
    """What they know of a session: by its newest version, whatever was sent first."""
    said = [one.said[session_id] for one in _telling(held) if session_id in one.said]
    return max(said, key=lambda one: one.version, default=None)


def told_all(held: Iterable[Held]) -> bool:
    """Whether they were told every session there was: one they know nothing of came later."""
    return any(one.template in _WHOLE and one.said for one in held)


def change_messages(story: Story, course: Course, held: Collection[Held]) -> list[Wanted]:
    """One message a version, to who has a seat or is held one, and was told otherwise; or was told
    all sessions, and this one has been added since.

    While a mail about the seat has yet to go out, that one says how it is.
    """
    if course.cancelled or story.state not in (*SEATED, "requested", "offered"):
        return []
    if _awaits_a_mail(story, course, held):
        return []
    seat_ends = _seat_ends(story)
    all_said = told_all(held)
    found = []
    for one in course.held:
        known = last_told(held, one.session_id)
        if one.changed_at is None or (known is not None and known.version >= one.version):
            continue
        if all_said if known is None else not _as_said(one, known):
            until = min(one.ends_at, seat_ends or one.ends_at)
            about = (one.session_id, one.version)
            found.append(Wanted("session_changed", *about, one.changed_at, until))
    return found


def not_said_yet(
    reminders: Iterable[Wanted], course: Course, changes: Iterable[Wanted], held: Collection[Held]
) -> list[Wanted]:
    """The reminders without those that would only repeat.

    What was due before a change is said by the mail of the change, with the join link. And whoever
    was reminded before a session moved away and back is not reminded of the same again.
    """
    told = {(wish.subject, wish.version) for wish in changes}
    told |= {(one.subject, one.version) for one in held if _tells_a_change(one)}
    sessions = {one.session_id: one for one in course.held}

    def repeats(wish: Wanted) -> bool:
        session = sessions[wish.subject]
        since = session.changed_at
        if (wish.subject, wish.version) in told and since is not None and wish.due_at < since:
            return True
        return any(
            _as_said(session, one.said[wish.subject])
            for one in held
            if (one.template, one.subject) == (wish.template, wish.subject)
            and one.version != wish.version
            and wish.subject in one.said
        )

    return [wish for wish in reminders if not repeats(wish)]


def _telling(held: Iterable[Held]) -> Iterable[Held]:
    return (one for one in held if one.template in TELLING)


def _tells_a_change(one: Held) -> bool:
    return one.template == "session_changed" and bool(one.said)


def _as_said(session: Session, said: Said) -> bool:
    now = (session.starts_at, session.ends_at, session.where, session.cancelled)
    return now == (said.starts_at, said.ends_at, said.where, said.cancelled)


def _awaits_a_mail(story: Story, course: Course, held: Iterable[Held]) -> bool:
    tried = {(one.template, one.subject, one.version) for one in held if one.state in _TRIED}
    # Also once paid the record of the order may still go out; what counts is the confirmation.
    theirs = story.state in SEATED
    awaited = {"registration_confirmed"} if theirs else {"registration_received", "offer"}
    wishes = (wish for wish in seat_messages(story, course) if wish.template in awaited)
    return any((wish.template, wish.subject, wish.version) not in tried for wish in wishes)


def _seat_ends(story: Story) -> datetime | None:
    """Until when a seat is held or offered; None for one that is theirs."""
    if story.state == "offered":
        return story.offers[-1].expires_at if story.offers else None
    return story.hold_expires_at if story.state == "requested" else None
