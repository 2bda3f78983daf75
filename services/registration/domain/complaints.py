"""By when a complaint is answered (domain.md §9a: a complaints procedure).

Boards ask providers for a procedure with a time to it and leave the time to them; two weeks are
what most procedures of continuing education promise.
"""

from __future__ import annotations

from datetime import datetime, timedelta

ANSWERED_WITHIN = timedelta(days=14)


def answer_by(complained_at: datetime, promised: datetime | None) -> datetime:
    """Two weeks after it was made. Who writes more while one is unanswered waits no longer for it:
    what was `promised` for the first holds for both."""
    return promised if promised is not None else complained_at + ANSWERED_WITHIN
