"""Whose share of a cancelled session may be taken back, and until when (domain.md §2).

It is a make-up date or, by the learner's choice, the share: so the choice stays when a date is
given, for whoever was to have the session when it was cancelled.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.registration.commands.withdrawn import WHOLE
from services.registration.domain.withdrawal import agreed_before, share_until
from services.registration.models import Course, Registration, Withdrawal
from shared.dates import parse_instant


@dataclass(frozen=True)
class Lost:
    """A session that was cancelled under a registration, and until when its share may be taken."""

    session_id: str
    cancelled_at: datetime
    choose_until: datetime | None


def lost(
    course: Course,
    then: Mapping[str, Any],
    withdrawn: Sequence[Withdrawal],
    taken: Collection[str],
) -> list[Lost]:
    """The cancelled sessions that were agreed to; `then` is the course as it was agreed to, `taken`
    are those of which the share was taken."""
    starts = {each["session_id"]: parse_instant(each["starts_at"]) for each in _going(course)}
    return [
        Lost(
            gone.session_id,
            gone.cancelled_at,
            share_until(gone.choose_until, starts.get(gone.session_id)),
        )
        for gone in sorted(withdrawn, key=lambda one: (one.cancelled_at, one.session_id))
        if gone.session_id != WHOLE
        and (
            gone.session_id in taken
            or agreed_before(then["sessions"], gone.session_id, gone.schedule_version)
        )
    ]


def may_take(row: Registration) -> bool:
    """Whether there is anything of which to take a share."""
    paying = row.method != "free" and row.price_minor > 0 and not row.complimentary
    return paying and row.state in ("confirmed", "completed")


def _going(course: Course) -> Sequence[Mapping[str, Any]]:
    schedule: Sequence[Mapping[str, Any]] = course.terms["schedule"]
    return schedule
