"""Uploads: a report or a sheet as it was sent, as a whole, and whether it counts (still).

The same bytes in the same zone are one upload, until it is withdrawn (`withdrawing.py`): sent
again, they are another.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.attendance.models import Upload, Withdrawal
from shared.runtime.rows import Query, where
from shared.runtime.work import Work

Key = tuple[str, str]  # of the session
# Of a row of report_lines, by its alias: whether it counts.
STANDS = """
NOT EXISTS (SELECT 1 FROM withdrawals w WHERE w.course_id = {of}.course_id
  AND w.session_id = {of}.session_id AND w.number = {of}.upload)
"""


@dataclass(frozen=True, slots=True)
class Sent:
    """What was sent, as it came: its keyed hash, the zone of its times, the name of the key."""

    fingerprint: str
    zone: str | None
    by: str


def uploads_of(key: Key) -> Query[Upload]:
    """All uploads of a session, for plans."""
    return where(Upload, course_id=key[0], session_id=key[1])


def withdrawals_of(key: Key) -> Query[Withdrawal]:
    """All withdrawals of a session, for plans."""
    return where(Withdrawal, course_id=key[0], session_id=key[1])


def withdrawn(work: Work, key: Key) -> frozenset[int]:
    """The numbers of the uploads that count no more."""
    return frozenset(row.number for row in work.find(withdrawals_of(key)))


def number_of(work: Work, key: Key, origin: str, sent: Sent, zone: str | None) -> int:
    """The upload that these bytes are: one that stands, or a new one. Plan: `uploads_of` and
    `withdrawals_of` the session, whose row is locked."""
    known, gone = work.find(uploads_of(key)), withdrawn(work, key)
    for row in known:
        same = (row.origin, row.fingerprint, row.zone) == (origin, sent.fingerprint, zone)
        if same and row.number not in gone:
            return row.number
    number = max((row.number for row in known), default=0) + 1
    work.put(
        Upload(
            course_id=key[0],
            session_id=key[1],
            number=number,
            origin=origin,
            fingerprint=sent.fingerprint,
            zone=zone,
            by=sent.by,
            received_at=work.now,
        )
    )
    return number
