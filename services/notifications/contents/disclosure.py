"""The letter that asks again about the disclosure."""

from __future__ import annotations

from typing import Any

from services.notifications.commands.case import Case
from services.notifications.commands.stories import accepted_of
from services.notifications.contents.common import Common
from shared.dates import parse_instant


def changed(case: Case, c: Common) -> dict[str, Any]:
    """The version in force, the one accepted before, and the next session it is needed for."""
    ends = {s["session_id"]: parse_instant(s["ends_at"]) for s in case.course.body["sessions"]}
    coming = (s for s in c.names["sessions"] if ends[s["session_id"]] > case.now)
    return {
        "version": case.message.subject,
        "former": accepted_of(case.facts)[0],
        "next": next(coming, None),
    }
