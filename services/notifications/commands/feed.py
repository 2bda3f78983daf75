"""What a calendar that follows a registration by itself is shown of each session."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.notifications.commands.calendar import as_told
from services.notifications.domain.invitation import (
    CANCEL,
    CANCELLED,
    Entry,
    sequence_of,
    status_of,
)
from services.notifications.domain.keys import calendar_uid
from services.notifications.domain.places import place_of
from services.notifications.models import CalendarEntry, Course, Registration
from shared.dates import parse_instant


@dataclass(frozen=True)
class Listed:
    """One session in a feed. `since`: when it last changed, so that the same says the same."""

    session_id: str
    uid: str
    sequence: int
    status: str
    starts_at: datetime
    ends_at: datetime
    place: str
    since: datetime


def listed(row: Registration, course: Course, told: Iterable[CalendarEntry]) -> list[Listed]:
    """Every session but recordings, cancelled ones too, in order; `course` is as it is for them.

    The UIDs are those of the mails, and the sequence is never behind them.
    """
    before = {one.uid: one for one in told}
    body, ended = course.body, row.facts.get("cancelled", {}).get("requested_at")
    course_ended = body.get("cancelled_at") if body["status"] == "cancelled" else None
    found = []
    for session in body["sessions"]:
        if session["delivery"] == "recorded":
            continue
        starts_at, ends_at = parse_instant(session["starts_at"]), parse_instant(session["ends_at"])
        place = place_of(session, body["location"])
        status = status_of(
            row.state,
            ends_at,
            cancelled=session["status"] == "cancelled",
            cancelled_at=_at(ended),
            course_cancelled_at=_at(course_ended),
        )
        uid = calendar_uid(row.registration_id, session["session_id"])
        old = before.get(uid)
        method = CANCEL if status == CANCELLED else "REQUEST"
        sequence = sequence_of(
            as_told(old) if old else None,
            Entry(0, starts_at, ends_at, method, place, max(row.token_version, 1)),
            session["schedule_version"],
        )
        found.append(
            Listed(
                session_id=session["session_id"],
                uid=uid,
                sequence=sequence,
                status=status,
                starts_at=starts_at,
                ends_at=ends_at,
                place=place,
                since=_since(row, session["session_id"], body, starts_at, (ended, course_ended)),
            )
        )
    return sorted(found, key=lambda one: (one.starts_at, one.session_id))


def _since(
    row: Registration,
    session_id: str,
    body: dict[str, Any],
    starts_at: datetime,
    ends: Iterable[str | None],
) -> datetime:
    facts = row.facts
    _version, changed = body.get("sessions_since", {}).get(session_id, (0, None))
    moments = [
        facts.get("requested", {}).get("requested_at"),
        facts.get("confirmed", {}).get("confirmed_at"),
        facts.get("substituted", {}).get("substituted_at"),
        facts.get("shares", {}).get(session_id),
        changed,
        *ends,
    ]
    return max((parse_instant(at) for at in moments if at), default=starts_at)


def _at(text: str | None) -> datetime | None:
    return parse_instant(text) if text else None
