"""What a learner's calendar is told of each session, and with which SEQUENCE."""

from __future__ import annotations

from collections.abc import Iterable

from services.notifications.domain.invitation import Entry, next_entry
from services.notifications.domain.keys import calendar_uid
from services.notifications.models import CalendarEntry, Course, Registration
from shared.dates import parse_instant


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
            Entry(old.sequence, old.starts_at, old.ends_at, old.method) if old else None,
            parse_instant(session["starts_at"]),
            parse_instant(session["ends_at"]),
        )
        found.append(
            CalendarEntry(
                uid=uid,
                registration_id=row.registration_id,
                session_id=session["session_id"],
                sequence=entry.sequence,
                method=entry.method,
                starts_at=entry.starts_at,
                ends_at=entry.ends_at,
            )
        )
    return sorted(found, key=lambda one: (one.starts_at, one.session_id))
