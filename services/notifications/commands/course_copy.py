"""The copy of a course that mails are written from, and what is kept with it."""

from __future__ import annotations

from typing import Any

from services.notifications.models import Course
from shared.contracts.course import Course as CourseSaid
from shared.dates import rfc3339

# What a mail needs of a course; the rest of it would only be carried about.
_COURSE_KEPT: dict[str, Any] = {
    **dict.fromkeys(("status", "kind", "delivery", "title", "zone", "location", "sessions"), True),
    **dict.fromkeys(("provider", "joint_sponsor"), True),
    **dict.fromkeys(("reason", "cancelled_at", "choose_until", "prefer_credit"), True),
    **dict.fromkeys(("price", "registration_closes_at"), True),
    "boards": {"__all__": {"board", "evaluation", "unit"}},
    "evaluation": {"closes_after_days"},
    "disclosure": {"version", "required"},
}


def course_row(event: CourseSaid, old: Course | None = None) -> Course:
    """The copy of a course; `disclosed_at` is since when its disclosure is this one, as far as we
    know, so that a later change of something else asks nobody anew."""
    body = event.model_dump(mode="json", include=_COURSE_KEPT)
    before = old.body if old else {}
    same = "disclosed_at" in before and before.get("disclosure") == body["disclosure"]
    body["sessions_since"] = _since_when(body, before, event)
    body["disclosed_at"] = before["disclosed_at"] if same else rfc3339(event.published_at)
    if "asked" in before:  # of its sessions (`silences.py`)
        body["asked"] = before["asked"]
    return Course(course_id=event.course_id, version=event.version, body=body)


def _since_when(
    body: dict[str, Any], before: dict[str, Any], event: CourseSaid
) -> dict[str, list[Any]]:
    """Of each session the version of its schedule, and since when that is so as we heard it."""
    known = before.get("sessions_since", {})
    return {
        session["session_id"]: known[session["session_id"]]
        if known.get(session["session_id"], [0])[0] == session["schedule_version"]
        else [session["schedule_version"], rfc3339(event.published_at)]
        for session in body["sessions"]
    }
