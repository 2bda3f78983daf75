"""Uploads: a report or a sheet as it was sent, as a whole, and whether it counts (still).

The same bytes in the same zone are one upload, until it is withdrawn (`withdrawing.py`): sent
again, they are another.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from services.attendance.domain.evidence import SHEET
from services.attendance.models import ReportLine, Upload, Withdrawal
from shared.runtime.rows import Query, where
from shared.runtime.work import Work

Key = tuple[str, str]  # of the session
_KEPT = """
NOT EXISTS (SELECT 1 FROM withdrawals w WHERE w.course_id = {of}.course_id
  AND w.session_id = {of}.session_id AND w.number = {of}.upload)
"""
# Of a row of report_lines, by its alias: whether it counts. A sheet tells hours of a wall: the line
# that was read in another zone since is the same line, and counts as it was read last.
STANDS = f"""
{_KEPT} AND ({{of}}.origin <> 'sheet' OR NOT EXISTS (
  SELECT 1 FROM report_lines z WHERE z.sha256 = {{of}}.sha256 AND z.course_id = {{of}}.course_id
    AND z.session_id = {{of}}.session_id AND z.upload > {{of}}.upload AND {_KEPT.format(of="z")}))
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


def standing_of(rows: Iterable[ReportLine], gone: Collection[int]) -> list[ReportLine]:
    """The rows of one session that count: the same as `STANDS` says in SQL."""
    kept = [row for row in rows if row.upload not in gone]
    last: dict[str, int] = {}
    for row in kept:
        last[row.sha256] = max(row.upload, last.get(row.sha256, 0))
    return [row for row in kept if row.origin != SHEET or row.upload == last[row.sha256]]


def number_of(work: Work, key: Key, origin: str, sent: Sent, zone: str | None) -> int:
    """The upload that these bytes are: one that stands, or a new one. Plan: `uploads_of` and
    `withdrawals_of` the session, whose row is locked."""
    known, gone = work.find(uploads_of(key)), withdrawn(work, key)
    for row in known:
        same = (row.origin, row.fingerprint, row.zone) == (origin, sent.fingerprint, zone)
        if same and row.number not in gone and not (origin == SHEET and _reread(known, gone, row)):
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


def _reread(known: Iterable[Upload], gone: Collection[int], row: Upload) -> bool:
    """Whether a sheet was read in another zone since: then its lines may count as read there."""
    later = (each for each in known if each.number > row.number and each.number not in gone)
    return any(each.origin == SHEET and each.zone != row.zone for each in later)
