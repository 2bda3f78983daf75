"""Which messages one registration wants now: decided anew whenever anything is heard."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime

from services.notifications.domain.accommodation import accommodation_messages
from services.notifications.domain.certificates import certificate_messages
from services.notifications.domain.complaints import complaint_messages
from services.notifications.domain.course import Course
from services.notifications.domain.credits import ending_credits
from services.notifications.domain.disclosure import disclosure_messages
from services.notifications.domain.keys import dedup_key, message_id
from services.notifications.domain.money import money_messages
from services.notifications.domain.moves import change_messages, not_said_yet
from services.notifications.domain.reasons import why_not
from services.notifications.domain.reminders import reminders
from services.notifications.domain.seat import seat_messages
from services.notifications.domain.story import SEATED, Held, Story, Wanted
from services.notifications.domain.substitution import substitution_messages
from services.notifications.domain.swaps import swap_messages
from services.notifications.domain.unsubscribing import UNSUBSCRIBED, stream_of
from services.notifications.domain.withdrawal import session_messages, withdrawal_messages

ERASED = "the person's record was erased"
TOO_LATE = "too late to be of use"
# About the order and its money, or asked for: told once, to whoever it was then, not again to a
# colleague.
OF_THE_ORDER = frozenset(
    {
        "registration_received",
        "waitlisted",
        "waitlist_ended",
        "offer",
        "offer_ended",
        "links",
        "payment_failed",
        "receipt",
        "invoice_reminder",
        "course_cancelled",
        "cancellation_settled",
        "credit_issued",
        "credit_expiring",
        "refund_settled",
        "refund_failed",
    }
)


def wanted(
    story: Story,
    course: Course,
    zone: str,
    held: Collection[Held],
    stopped: Collection[str] = (),
) -> list[Wanted]:
    """Every message that this registration wants, sent or not; `zone` is the learner's.

    `held` are the messages of whoever comes now, `stopped` the streams that they do not want.
    """
    changes = change_messages(story, course, held)
    found = [
        *seat_messages(story, course),
        *substitution_messages(story),
        *withdrawal_messages(story, course),
        *session_messages(story, course, held),
        *swap_messages(story, course),
        *accommodation_messages(story),
        *complaint_messages(story),
        *changes,
        *money_messages(story),
        *ending_credits(story, zone, course.zone),
        *certificate_messages(story, course, zone, held, stopped),
    ]
    if story.state in SEATED and story.confirmed_at and not course.cancelled:
        found += disclosure_messages(story, course)
        due = reminders(course, zone, _theirs_since(story, story.confirmed_at))
        found += not_said_yet(due, course, changes, held)
    return found


def _theirs_since(story: Story, confirmed_at: datetime) -> datetime:
    """Since when whoever comes now has the seat: a colleague was told all when they took it."""
    return max([confirmed_at, *(one.at for one in story.substitutions)])


def decide(
    story: Story,
    course: Course,
    zone: str,
    held: Iterable[Held],
    now: datetime,
    *,
    waiting: str = "",
    erased: bool = False,
    stopped: Collection[str] = (),
) -> list[Held]:
    """The messages to write, new and changed. What comes out does not depend on the order heard.

    What was sent, failed or is under way stays as it is. What was cancelled and is wanted again is
    planned again under the same key. Overdue by more than its use: skipped, and said so (until
    something heard later gives it a longer use). `waiting` says what is not known yet, without
    which nothing can go out; an erased person wants nothing. Of the streams in `stopped`
    (`unsubscribing.py`) whoever comes now gets nothing: skipped, and said so.
    """
    person = story.person_id or ""
    there = {one.message_id: one for one in held}
    mine = [one for one in there.values() if one.person_id == person]
    told = {
        (one.template, one.subject, one.version)
        for one in there.values()
        if one.person_id != person and one.state in ("sending", "sent", "failed")
    }
    wishes: dict[str, Wanted] = {}
    for wish in wanted(story, course, zone, mine, stopped):
        if erased and not wish.to:
            continue
        about = (wish.template, wish.subject, wish.version)
        if wish.template in OF_THE_ORDER and about in told:
            continue
        whom = wish.to or person
        wishes[message_id(dedup_key(story.registration_id, whom, *about))] = wish
    written: list[Held] = []
    for id_, wish in wishes.items():
        old = there.get(id_)
        if old is not None and old.state not in ("planned", "cancelled", "skipped"):
            continue
        if old is not None and old.reason == ERASED:  # who is erased never comes back
            continue
        whom = wish.to or person
        new = _planned(id_, whom, wish, now, waiting, stopped if whom == person else ())
        if new != old:
            written.append(new)
    gone = ERASED if erased else ""
    for one in there.values():
        if one.state == "planned" and one.message_id not in wishes:
            reason = gone or why_not(story, course, one)
            written.append(replace(one, state="cancelled", reason=reason))
    return written


def wanted_again(
    story: Story,
    course: Course,
    zone: str,
    held: Iterable[Held],
    one: Held,
    stopped: Collection[str] = (),
) -> Wanted | None:
    """What a message that is there would be if it went out now; None where it is over.

    `held` are the messages there are. Of what it told of together, it covers only what still holds.
    """
    others = [
        other
        for other in held
        if other.person_id == one.person_id
        and other.message_id != one.message_id
        and other.state != "planned"
    ]
    about = (one.template, one.subject, one.version)
    again = [*others, replace(one, state="planned", said={})]
    for wish in wanted(story, course, zone, again, stopped):
        if (wish.template, wish.subject, wish.version) == about:
            covers = tuple(what for what in one.covers if what in wish.covers)
            return replace(wish, covers=covers) if covers or not one.covers else None
    return None


def too_late(wish: Wanted, now: datetime) -> bool:
    """Would it help nobody any more?"""
    return wish.use_until is not None and now > wish.use_until


def _planned(
    id_: str, person: str, wish: Wanted, now: datetime, waiting: str, stopped: Collection[str]
) -> Held:
    unwanted = UNSUBSCRIBED if stream_of(wish.template) in stopped else ""
    why_skipped = unwanted or (TOO_LATE if too_late(wish, now) else "")
    return Held(
        message_id=id_,
        person_id=person,
        template=wish.template,
        subject=wish.subject,
        version=wish.version,
        state="skipped" if why_skipped else "planned",
        due_at=wish.due_at,
        covers=wish.covers,
        reason=why_skipped or waiting,
    )
