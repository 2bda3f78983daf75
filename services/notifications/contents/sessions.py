"""Letters about a session: the reminders, the last one with the personal join link."""

from __future__ import annotations

from typing import Any

from services.notifications.commands.case import Case
from services.notifications.contents.common import Common


def no_more(_case: Case, _c: Common) -> dict[str, Any]:
    """What every letter may say is enough."""
    return {}


def reminder(case: Case, c: Common) -> dict[str, Any]:
    about = case.message.subject
    return {"session": next(s for s in c.names["sessions"] if s["session_id"] == about)}
