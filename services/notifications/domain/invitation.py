"""Calendar entries: one per session, one UID for ever, a SEQUENCE that rises with each change."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

CANCEL = "CANCEL"  # the method by which an entry is taken out of a calendar


@dataclass(frozen=True)
class Entry:
    """What a calendar was last told of a session; `sequence` starts at 0 (RFC 5545 §3.8.7.4)."""

    sequence: int
    starts_at: datetime
    ends_at: datetime
    method: str = "REQUEST"
    place: str = ""


def next_entry(old: Entry | None, starts_at: datetime, ends_at: datetime, place: str = "") -> Entry:
    """The entry to send now: the same sequence where nothing changed, else one higher."""
    entry = Entry(old.sequence if old else 0, starts_at, ends_at, place=place)
    if old is None or old == entry:
        return entry
    return replace(entry, sequence=old.sequence + 1)


TENTATIVE, CONFIRMED, CANCELLED = "TENTATIVE", "CONFIRMED", "CANCELLED"  # RFC 5545 §3.8.1.11
_OVER = frozenset({"cancelled", "transferred", "expired", "lapsed", "unseated"})


def status_of(
    state: str,
    ends_at: datetime,
    *,
    cancelled: bool,
    cancelled_at: datetime | None = None,
    course_cancelled_at: datetime | None = None,
) -> str:
    """What a feed says of a session to a registration in `state`.

    Until the seat is theirs it is tentative. What had ended before the registration was cancelled
    (`cancelled_at`), or the course, stays as it was.
    """
    if cancelled:
        return CANCELLED
    if course_cancelled_at is not None and ends_at > course_cancelled_at:
        return CANCELLED
    if state in _OVER:
        held = state == "cancelled" and cancelled_at is not None and ends_at <= cancelled_at
        return CONFIRMED if held else CANCELLED
    return CONFIRMED if state in ("confirmed", "completed") else TENTATIVE


def sequence_of(old: Entry | None, now: Entry) -> int:
    """What a feed says beside a mail: as the next mail will have it, if it says something new.

    `now` is the entry as it is; its method says whether it is cancelled. Of one that no mail told
    of, it is 0 until it is cancelled.
    """
    if old is None:
        return 1 if now.method == CANCEL else 0
    gone = now.method == CANCEL
    same = old.method == CANCEL if gone else replace(now, sequence=old.sequence) == old
    return old.sequence if same else old.sequence + 1
