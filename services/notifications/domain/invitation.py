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
