"""What a registration may still choose, or has chosen, for what the provider cancelled."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.registration.api.shown import moment
from services.registration.commands.withdrawn import WHOLE, default, may_choose
from services.registration.domain.schedule import held
from services.registration.domain.withdrawal import share_of
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
    scheduled = {each["session_id"] for each in course.terms["schedule"]}
    paying = row.method != "free" and row.price_minor > 0 and not row.complimentary
    return [
        _shown(gone, chosen.get(gone.session_id), now, otherwise=None)
        for gone in sorted(withdrawn, key=lambda one: one.cancelled_at)
        if gone.session_id in chosen
        or (
            gone.session_id not in scheduled
            and paying
            and row.state in ("confirmed", "completed")
            and share_of(held(then["sessions"]), gone.session_id) is not None
        )
    ]


def _shown(
    gone: Withdrawal, known: Choice | None, now: datetime, *, otherwise: str | None
) -> dict[str, Any]:
    until = gone.choose_until
    return {
        "session_id": gone.session_id or None,
        "until": moment(until),
        "otherwise": otherwise,
        "open": known is None and until is not None and now < until,
        "outcome": known.outcome if known else None,
    }
