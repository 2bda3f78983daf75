"""By when staff answer somebody who needs something to take part (domain.md §9a)."""

from __future__ import annotations

from datetime import datetime, timedelta

ANSWERED_WITHIN = timedelta(days=7)
BEFORE_THE_START = timedelta(days=3)


def answer_due(asked_at: datetime, first_start: datetime) -> datetime:
    """Within a week, and some days before the first session; asked later than that, at once."""
    return max(asked_at, min(asked_at + ANSWERED_WITHIN, first_start - BEFORE_THE_START))
