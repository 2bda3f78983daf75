"""Keeping: the lines that are told after the meeting, by whomever; the same line twice is one."""

from __future__ import annotations

from collections.abc import Sequence

from services.attendance.commands.observing import Key, touch
from services.attendance.commands.unmatched import keep_strangers, registrants_of, stranger_id
from services.attendance.commands.uploads import withdrawals_of, withdrawn
from services.attendance.domain.lines import Named, Reported
from services.attendance.models import Registration, ReportLine, Session, Unmatched
from shared.runtime.plans import Plan
from shared.runtime.rows import Query, where
from shared.runtime.work import Work


def keep_needs(key: Key, lines: Sequence[tuple[str, Named]]) -> Plan:
    """What `keep` looks at, for lines known by their hashes and whom they name."""
    named = sorted({who.registration_id for _, who in lines if who.registration_id})
    found = yield [
        *((Registration, registration) for registration in named),
        withdrawals_of(key),
        *(_known(sha) for sha, _ in lines),
    ]
    courses = {row.registration_id: row.course_id for row in found[: len(named)] if row is not None}
    unknown = [
        (key, who)
        for _, who in lines
        if who.participant_id and courses.get(who.registration_id or "") != key[0]
    ]
    if registrants := registrants_of(unknown):
        yield registrants
    strangers = {stranger_id(*key, who.participant_id or "") for _, who in unknown}
    return [(Session, key), *((Unmatched, stranger) for stranger in sorted(strangers))]


def keep(work: Work, key: Key, lines: Sequence[Reported], origin: str, upload: int = 0) -> int:
    """Store what is new of the lines, queue whom nobody knows, and have those settled anew whom it
    can concern; gives how many were new.

    A line that another upload brought is no news; that this one brought it too is kept, so that it
    counts when the other is withdrawn.
    """
    gone = withdrawn(work, key)
    new: list[tuple[Key, Named]] = []
    for line in lines:
        found = work.find(_known(line.sha256))
        known = [row for row in found if (row.course_id, row.session_id) == key]
        if any(row.upload == upload for row in known):
            continue
        standing = [row for row in known if row.upload not in gone]
        last = max(standing, key=lambda row: row.upload, default=None)
        # Of a sheet the same line may be read in another zone since: it counts as read last.
        if last is None or (last.joined_at, last.left_at) != (line.joined_at, line.left_at):
            new.append((key, line.who))
        work.put(
            ReportLine(
                course_id=key[0],
                session_id=key[1],
                sha256=line.sha256,
                upload=upload,
                origin=origin,
                participant_id=line.who.participant_id or "",
                registration_id=line.who.registration_id,
                joined_at=line.joined_at,
                left_at=line.left_at,
                waiting=line.waiting,
                body=dict(line.body),
                received_at=work.now,
            )
        )
    if new:
        touch(work, key, {who.participant_id for _, who in new})
    keep_strangers(work, new)
    return len(new)


def _known(sha256: str) -> Query[ReportLine]:
    """By the hash alone, which is what the primary key begins with: told the session too, Postgres
    may go over all lines of it for each line of a page."""
    return where(ReportLine, sha256=sha256)
