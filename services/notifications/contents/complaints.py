"""The letter that promises an answer to a complaint."""

from __future__ import annotations

from typing import Any

from services.notifications.commands.case import Case
from services.notifications.contents.common import Common


def received(case: Case, c: Common) -> dict[str, Any]:
    """By which day."""
    return {"answer_by": c.day(case.facts["complained"]["answer_by"])}
