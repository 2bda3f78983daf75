"""From what is kept of a course to what the rules look at."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from services.notifications import models
from services.notifications.domain.course import Course, Session
from services.notifications.domain.places import place_of
from services.notifications.domain.zones import known_zone
from shared.dates import parse_instant


def course_of(
    row: models.Course | None,
    completions: Iterable[models.Completion],
    swaps: Iterable[models.Swap] = (),
) -> Course:
    """A course as the rules see it; without sessions where it is not known yet."""
    body = row.body if row else {}
    form, disclosed = body.get("evaluation"), body.get("disclosure")
    ends = {one["session_id"]: parse_instant(one["ends_at"]) for one in body.get("sessions", ())}
    asked = body.get("asked", {})
    return Course(
        zone=known_zone(body.get("zone")),
        sessions=tuple(
            Session(
                session_id=session["session_id"],
                starts_at=parse_instant(session["starts_at"]),
                ends_at=parse_instant(session["ends_at"]),
                version=session["schedule_version"],
                cancelled=session["status"] == "cancelled",
                changed_at=_changed_at(body, session["session_id"]),
                recorded=session["delivery"] == "recorded",
                online=session["delivery"] == "live_online",
                where=place_of(session, body["location"]),
                opens_at=parse_instant(session["starts_at"])
                - timedelta(minutes=session["opens_minutes_before"]),
            )
            for session in body.get("sessions", ())
        ),
        cancelled=body.get("status") == "cancelled",
        cancelled_at=moment_in(body, "cancelled_at"),
        closes_at=moment_in(body, "registration_closes_at"),
        evaluation_days=form["closes_after_days"] if form else None,
        disclosure=disclosed["version"] if disclosed and disclosed["required"] else None,
        disclosed_at=moment_in(body, "disclosed_at"),
        completed={
            one.session_id: one.completed_at
            for one in completions
            # One that the course has end later was completed by former times (decision 118).
            if one.reaches is None or one.reaches >= ends.get(one.session_id, one.reaches)
        },
        swapped={one.session_id: one.swapped_at for one in swaps},
        asked_at=max(map(parse_instant, asked.get("open", {}).values()), default=None),
        answered_at=moment_in(asked, "answered_at"),
    )


def _changed_at(body: dict[str, Any], session_id: str) -> datetime | None:
    _version, at = body.get("sessions_since", {}).get(session_id, (0, None))
    return parse_instant(at) if at else None


def moment_in(told: dict[str, Any], name: str) -> datetime | None:
    """An instant as it is kept; None where it is not."""
    value = told.get(name)
    return parse_instant(value) if value else None
