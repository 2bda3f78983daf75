"""Doubts: why somebody is not present although what is known of them may say more than counts.

report   the report tells more than a minute less than what was seen, and with that they were there
outside  lines tell of a time that would do, but outside the session: a file of another day or zone
open     nobody saw them leave, so they left when the meeting was moved, ended, or began to be
         watched: before the session's end

They change nothing: a human looks. Of whom staff have ruled there is no doubt (decision 63).
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from services.attendance.domain.evidence import FINDING_SECONDS, Attended
from services.attendance.domain.minutes import Window, merged
from services.attendance.domain.presence import PresenceRule, standing
from services.attendance.domain.stays import spans


class Doubt(StrEnum):
    """What may have cost somebody their presence."""

    REPORT = "report"
    OUTSIDE = "outside"
    OPEN = "open"


def doubts_of(
    attended: Attended, scheduled: Window, taught: Window, taught_seconds: int, rule: PresenceRule
) -> tuple[Doubt, ...]:
    """Why somebody who is not present may have been there after all.

    `scheduled` is the session's window and `taught` the part of it that was taught, in which
    `taught_seconds` count.
    """
    found = []
    told, seen = attended.told_seconds, attended.live_seconds
    less = told is not None and told + FINDING_SECONDS < seen
    if less and standing(seen, taught_seconds, rule).present:
        found.append(Doubt.REPORT)
    if standing(_outside(attended, scheduled), taught_seconds, rule).present:
        found.append(Doubt.OUTSIDE)
    if any(s.inferred and s.left_at and s.left_at < taught.ends_at for s in attended.counted):
        found.append(Doubt.OPEN)
    return tuple(found)


def _outside(attended: Attended, scheduled: Window) -> int:
    """Whole seconds that lines tell of, none of which the session has."""
    away = [
        (start, end)
        for start, end in spans(attended.outside)
        if end <= scheduled.starts_at or start >= scheduled.ends_at
    ]
    return sum((end - start for start, end in merged(away)), timedelta()) // timedelta(seconds=1)
