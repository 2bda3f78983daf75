"""By when a complaint is answered, and which answer is to which (domain.md §9a: a complaints
procedure).

Boards ask providers for a procedure with a time to it and leave the time to them; two weeks are
what most procedures of continuing education promise.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

ANSWERED_WITHIN = timedelta(days=14)


def answer_by(complained_at: datetime, promised: datetime | None) -> datetime:
    """Two weeks after it was made. Who writes more while one is unanswered waits no longer for it:
    what was `promised` last holds for both, unless that day has passed."""
    if promised is not None and promised > complained_at:
        return promised
    return complained_at + ANSWERED_WITHIN


def answer_to(complaint: int, complaints: Sequence[int], answers: Sequence[int]) -> int | None:
    """The answer that holds for a complaint, by their numbers in one person's order: the last one
    before they complained anew of having been answered; None while there is none."""
    after = sorted(number for number in answers if number > complaint)
    if not after:
        return None
    anew = min((number for number in complaints if number > after[0]), default=None)
    return max(number for number in after if anew is None or number < anew)
