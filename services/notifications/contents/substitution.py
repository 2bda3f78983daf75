"""The letter to whoever does not come any more. It says nothing of the colleague, and has no link
to a page that is theirs now."""

from __future__ import annotations

from typing import Any

from services.notifications.commands.case import Case
from services.notifications.contents.common import Common


def substituted(case: Case, _c: Common) -> dict[str, Any]:
    return {"in_calendar": len(case.entries)}
