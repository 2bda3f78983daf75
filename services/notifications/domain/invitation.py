"""Calendar entries: one per session, one UID for ever, a SEQUENCE that rises with each change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

CANCEL = "CANCEL"  # the method by which an entry is taken out of a calendar


@dataclass(frozen=True)
class Entry:
    """What a calendar was last told of a session; `sequence` starts at 0 (RFC 5545 §3.8.7.4)."""

    sequence: int
    starts_at: datetime
    ends_at: datetime
    method: str = "REQUEST"


def next_entry(old: Entry | None, starts_at: datetime, ends_at: datetime) -> Entry:
    """The entry to send now: the same sequence where nothing changed, else one higher."""
    if old is None:
        return Entry(0, starts_at, ends_at)
    same = (old.starts_at, old.ends_at, old.method) == (starts_at, ends_at, "REQUEST")
    return Entry(old.sequence if same else old.sequence + 1, starts_at, ends_at)
