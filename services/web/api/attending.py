"""The sessions of a registration: what can be done about each, and what was attended of it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from services.web.domain import mine
from services.web.domain.strips import strip_of
from shared.contracts.course import Course
from shared.contracts.registration import CourseCancelled


def sessions_of(
    course: Course,
    state: str,
    attended: dict[str, Any],
    joins: dict[str, str],
    now: datetime,
    given_back: Collection[str] = (),
) -> list[dict[str, Any]]:
    """Each session with what can be done or was done about it; `given_back` are those of which the
    share was taken, whose make-up dates are for the others."""
    records = {
        record.get("session_id"): record
        for record in attended.get("sessions") or ()
        if isinstance(record, dict)
    }
    return [
        {
            "session": session,
            "standing": "given_back"
            if session.session_id in given_back and session.status != "cancelled"
            else mine.standing(
                session.starts_at,
                session.ends_at,
                session.opens_minutes_before,
                now,
                going=state in ("confirmed", "completed"),
                cancelled=session.status == "cancelled" or _fell(course, session.ends_at),
            ),
            "record": records.get(session.session_id),
            "strip": strip_of(
                (records.get(session.session_id) or {}).get("evidence") or (),
                session.starts_at,
                session.ends_at,
                [(one.starts_at, one.ends_at) for one in session.breaks],
                now,
            ),
            "join": joins.get(session.session_id),
        }
        for session in course.sessions
    ]


def _fell(course: Course, ends_at: datetime) -> bool:
    """Whether a session was not over when the provider cancelled the course."""
    return isinstance(course, CourseCancelled) and ends_at > course.cancelled_at
