"""What a registration may still choose, or has chosen, for what the provider cancelled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from services.registration.api.shown import moment
from services.registration.commands.shares import Lost, lost, may_take
from services.registration.commands.withdrawn import WHOLE, default, may_choose
from services.registration.models import Choice, Course, Registration, Withdrawal
from shared.runtime.database import Reader
from shared.runtime.rows import where


async def choices_of(
    reader: Reader, row: Registration, course: Course, then: Mapping[str, Any], now: datetime
) -> list[dict[str, Any]]:
    """The whole course's, where that was cancelled, else those of its sessions; `then` is the
    course as it was agreed to."""
    withdrawn = await reader.find(where(Withdrawal, course_id=row.course_id))
    if not withdrawn:
        return []
    found = await reader.find(where(Choice, registration_id=row.registration_id))
    chosen = {choice.session_id: choice for choice in found}
    whole = next((one for one in withdrawn if one.session_id == WHOLE), None)
    if whole is not None:
        known = chosen.get(WHOLE)
        if whole.choose_until is None or not may_choose(row, whole):
            return []
        if known is None and row.state != "confirmed":
            return []
        return [_shown(whole, known, now, otherwise=default(whole))]
    return [
        _shown(gone, chosen.get(gone.session_id), now, otherwise=None)
        for gone in lost(course, then, withdrawn, chosen)
        if gone.session_id in chosen or may_take(row)
    ]


def given_back(choices: Sequence[Mapping[str, Any]]) -> set[str]:
    """The sessions of which the share was taken back: on no make-up date are they expected."""
    return {each["session_id"] for each in choices if each["session_id"] and each["outcome"]}


def _shown(
    gone: Withdrawal | Lost, known: Choice | None, now: datetime, *, otherwise: str | None
) -> dict[str, Any]:
    until = gone.choose_until
    return {
        "session_id": gone.session_id or None,
        "until": moment(until),
        "otherwise": otherwise,
        "open": known is None and until is not None and now < until,
        "outcome": known.outcome if known else None,
    }
