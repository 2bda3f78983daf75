"""What follows from a refund that does not go through (domain.md §2 "Getting the money back")."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from services.billing.domain.seen import Failure

Next = Literal["again", "by-hand", "ask"]

BANK_GATEWAY = "bank"  # what came, or went, without any gateway: staff say so
STUCK_AFTER = timedelta(days=3)  # on its way, or nobody knows: then a human looks
EMPTY_FOR = timedelta(days=5)  # the gateway had no money of ours: then a human sees to it
_PAUSES = (timedelta(hours=1), timedelta(hours=6), timedelta(hours=24))


def what_next(failure: Failure | str) -> Next:
    """Too little of our own money at the gateway passes by itself; an old card never does."""
    if failure == "balance":
        return "again"
    return "by-hand" if failure == "instrument" else "ask"


def next_pause(tries: int) -> timedelta:
    """How long to wait after so many tries for which the gateway had no money: at last daily."""
    return _PAUSES[min(max(tries, 1), len(_PAUSES)) - 1]


def is_stuck(submitted_at: datetime | None, now: datetime) -> bool:
    """Whether a refund has been on its way, or unknown, for longer than banks take."""
    return submitted_at is not None and now - submitted_at >= STUCK_AFTER
