"""What a learner's calendar is told of each session, and with which SEQUENCE."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import asdict

from services.notifications.domain.invitation import CANCEL, Entry, next_entry, taken_out
from services.notifications.domain.keys import calendar_uid
from services.notifications.domain.places import place_of
from services.notifications.domain.story import SEATED
from services.notifications.models import CalendarEntry, Course, Message, Registration
from shared.dates import parse_instant
from shared.runtime.rows import replace

WITH_CALENDAR = frozenset(
    {
        "registration_confirmed",
        "session_changed",
        "session_cancelled",
        "course_cancelled",
        "substituted",
        "cancellation_settled",
    }
)


def entries_of(
    message: Message, row: Registration, course: Course, told: Collection[CalendarEntry]
) -> list[CalendarEntry]:
    """What a message tells a calendar: of the sessions there are, or that some are not held."""
    if message.template == "session_cancelled":
        return withdrawn(told, [message.subject], row, course)
    if message.template == "session_changed":  # who has yet to pay has no entry to be changed
        there = entries_for(row, course, told) if row.state in SEATED else []
        # One that is a recording now is no appointment any more.
        return [one for one in there if one.session_id == message.subject] or withdrawn(
            told, [message.subject], row, course
        )
    if message.template == "course_cancelled":
        return withdrawn(told, not_held(course), row, course)
    if message.template == "substituted":
        return _handed_on(message, told)
    if message.template == "cancellation_settled":
        return _given_up(message, row, course, told)
    return entries_for(row, course, told)


def entries_for(
    row: Registration, course: Course, told: Iterable[CalendarEntry]
) -> list[CalendarEntry]:
    """One entry for each session that takes place; those told before keep their UID.

    A recording has a window of weeks or months: that is no appointment.
    """
    before = {one.uid: one for one in told}
    found = []
    for session in course.body["sessions"]:
        if session["status"] == "cancelled" or session["delivery"] == "recorded":
            continue
        uid = calendar_uid(row.registration_id, session["session_id"])
        old = before.get(uid)
        entry = next_entry(
            as_told(old) if old else None,
            parse_instant(session["starts_at"]),
            parse_instant(session["ends_at"]),
            place_of(session, course.body["location"]),
            token_version=max(row.token_version, 1),
            version=session["schedule_version"],
        )
        known = old or CalendarEntry(
            uid=uid,
            registration_id=row.registration_id,
            session_id=session["session_id"],
            sequence=entry.sequence,
            method=entry.method,
            starts_at=entry.starts_at,
            ends_at=entry.ends_at,
        )
        found.append(replace(known, **asdict(entry)))
    return _in_order(found)


def as_told(one: CalendarEntry) -> Entry:
    """What a calendar was told, as the rules see it."""
    return Entry(one.sequence, one.starts_at, one.ends_at, one.method, one.place, one.token_version)


def withdrawn(
    told: Iterable[CalendarEntry], sessions: Collection[str], row: Registration, course: Course
) -> list[CalendarEntry]:
    """The entries of these sessions, taken out of a calendar that was told of them."""
    versions = {one["session_id"]: one["schedule_version"] for one in course.body["sessions"]}
    gone = []
    for one in told:
        if one.session_id in sessions:
            version, theirs = versions.get(one.session_id, 1), max(row.token_version, 1)
            entry = taken_out(as_told(one), token_version=theirs, version=version)
            gone.append(replace(one, **asdict(entry)))
    return _in_order(gone)


def _handed_on(message: Message, told: Iterable[CalendarEntry]) -> list[CalendarEntry]:
    """Of whoever does not come any more: all of them. Where the colleague was told first, the
    number that was left for it (`next_entry`), and theirs stays as it is."""
    gone = []
    for one in told:
        if one.token_version < message.version:
            gone.append(replace(one, **asdict(taken_out(as_told(one)))))
        elif one.sequence > 1:
            gone.append(replace(one, method=CANCEL, sequence=one.sequence - 1))
    return _in_order(gone)


def newer(entries: Iterable[CalendarEntry], told: Iterable[CalendarEntry]) -> list[CalendarEntry]:
    """Those to be kept: what was told with the highest number is how a calendar stands."""
    known = {one.uid: one for one in told}
    return [
        one
        for one in entries
        if one.uid not in known
        or (one != known[one.uid] and one.sequence >= known[one.uid].sequence)
    ]


def _in_order(entries: Iterable[CalendarEntry]) -> list[CalendarEntry]:
    return sorted(entries, key=lambda one: (one.starts_at, one.session_id))


def _given_up(
    message: Message, row: Registration, course: Course, told: Collection[CalendarEntry]
) -> list[CalendarEntry]:
    """Of a registration that ended: all that was yet to come; where it was moved all there are, for
    what comes instead has its own. Of a share that was taken back: a make-up date that was entered
    before.

    A mail that is tried or sent once more carries what it carried the first time.
    """
    noun, _, session_id = message.subject.partition("/")
    if noun == "share_due":
        again = message.attempts or message.resends
        there = [one for one in told if again or one.method != CANCEL]
        return withdrawn(there, [session_id], row, course)
    settled = row.facts.get("settlements", {}).get(message.subject)
    since = parse_instant(settled["requested_at"]) if settled and noun != "transferred" else None
    gone = [one.session_id for one in told if since is None or one.ends_at > since]
    return withdrawn(told, gone, row, course)


def not_held(course: Course) -> list[str]:
    """The sessions that a cancelled course will not hold: what had ended by then was held."""
    at = parse_instant(course.body["cancelled_at"])
    sessions = course.body["sessions"]
    return [one["session_id"] for one in sessions if parse_instant(one["ends_at"]) > at]
