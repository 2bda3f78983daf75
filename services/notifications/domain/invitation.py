"""Calendar entries: one per session, one UID for ever, a SEQUENCE that rises with each change."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

CANCEL = "CANCEL"  # the method by which an entry is taken out of a calendar


@dataclass(frozen=True)
class Entry:
    """What a calendar was last told of a session; `sequence` starts at 0 (RFC 5545 §3.8.7.4).

    `token_version` is that of the join link in it: a colleague who comes instead has a higher one.
    """

    sequence: int
    starts_at: datetime
    ends_at: datetime
    method: str = "REQUEST"
    place: str = ""
    token_version: int = 1


def next_entry(
    old: Entry | None,
    starts_at: datetime,
    ends_at: datetime,
    place: str = "",
    *,
    token_version: int = 1,
    version: int = 1,
) -> Entry:
    """The entry to send now: the same sequence where nothing changed, else one higher.

    Two higher where the links are others: in between lies what takes it out of the calendar of
    whoever came before, for two people may share a mailbox, and either may be told first. Never
    behind the `version` of the session's schedule, by which a feed counts what no mail told of.
    """
    sequence = old.sequence if old else 0
    entry = Entry(sequence, starts_at, ends_at, place=place, token_version=token_version)
    if old is not None and old != entry:
        room = token_version > old.token_version and old.method != CANCEL
        sequence += 2 if room else 1
    return replace(entry, sequence=max(sequence, version - 1))


def taken_out(old: Entry, *, token_version: int = 0, version: int = 1) -> Entry:
    """What takes it out of a calendar; the same again where that was told.

    `token_version`: to whom it goes, where that may be a colleague whom no mail has told of it yet.
    """
    if token_version > old.token_version:
        old = next_entry(old, old.starts_at, old.ends_at, old.place, token_version=token_version)
    gone = old.method == CANCEL
    sequence = old.sequence if gone else old.sequence + 1
    return replace(old, method=CANCEL, sequence=max(sequence, version - 1))


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


def sequence_of(old: Entry | None, now: Entry, version: int = 1) -> int:
    """What a feed says beside a mail: as the next mail will have it, if it says something new.

    `now` is the entry as it is; its method says whether it is cancelled. Of one that no mail told
    of, the `version` of the session's schedule counts.
    """
    if now.method == CANCEL:
        if old is None:
            return version
        return taken_out(old, token_version=now.token_version, version=version).sequence
    return next_entry(
        old,
        now.starts_at,
        now.ends_at,
        now.place,
        token_version=now.token_version,
        version=version,
    ).sequence
