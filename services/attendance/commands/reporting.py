"""Reporting: what is told after the meeting, by the platform, a sheet, or a partner.

A report is pages of intervals; the same line sent twice is one. Its seconds rule over what was
observed live (`domain/tally.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from services.attendance.commands import deadlines
from services.attendance.commands.completing import still_kept
from services.attendance.commands.gathering import window_of
from services.attendance.commands.keeping import keep, keep_needs
from services.attendance.commands.observing import Key, Receipt, left_out_of
from services.attendance.commands.uploads import (
    Sent,
    number_of,
    uploads_of,
)
from services.attendance.domain.evidence import PARTNER, REPORT
from services.attendance.domain.fields import why
from services.attendance.domain.keeping import digest
from services.attendance.domain.lines import Named, Reported, check_told, read_interval
from services.attendance.domain.minutes import touches
from services.attendance.models import Meeting, Session
from shared.contracts.partners import PartnerAttendanceReported
from shared.dates import rfc3339
from shared.errors import NotFound, Refusal
from shared.runtime.plans import Plan, alone, needs
from shared.runtime.rows import Query, where
from shared.runtime.work import Work


@dataclass(frozen=True, slots=True)
class Report:
    """A page of a session's report; `grace` is how long a session waits for its report. `sent` is
    what was uploaded; None where the page was fetched. `meetings` are those that the file names."""

    course_id: str
    session_id: str
    lines: tuple[tuple[int, Reported], ...]
    refused: tuple[tuple[int, str], ...]
    grace: timedelta
    sent: Sent | None = None
    meetings: tuple[str, ...] = ()

    @property
    def key(self) -> Key:
        """The session it is about."""
        return self.course_id, self.session_id


def reading(
    course_id: str,
    session_id: str,
    lines: Sequence[Any],
    grace: timedelta,
    secret: str,
    sent: Sent | None = None,
    meetings: tuple[str, ...] = (),
) -> Report:
    """Read each line by itself; one that was refused before it was a line is a Refusal. `secret` is
    the platform's."""
    read: list[tuple[int, Reported]] = []
    refused: list[tuple[int, str]] = []
    for place, line in enumerate(lines):
        try:
            if isinstance(line, Refusal):
                raise line
            read.append((place, read_interval(line, secret)))
        except Refusal as refusal:
            refused.append((place, why(refusal)))
    return Report(course_id, session_id, tuple(read), tuple(refused), grace, sent, meetings)


def report_needs(asked: Report) -> Plan:
    """What keeping a page needs."""
    if asked.sent is not None:
        yield [uploads_of(asked.key), _meetings_of(asked.key)]
    return (yield from keep_needs(asked.key, [(line.sha256, line.who) for _, line in asked.lines]))


def take_in(work: Work, asked: Report, upload: int = 0) -> int:
    """Keep what is new of a page, by whomever it was brought; gives how many lines were."""
    return keep(work, asked.key, [line for _, line in asked.lines], REPORT, upload)


@needs(report_needs)
async def report(work: Work, asked: Report) -> Receipt:
    """Keep a page of a report. Only for a session that is known: its address was typed. A line of
    the future is refused: nobody can have seen it."""
    session = work.get(Session, asked.key)
    if session is None:
        raise NotFound("session-unknown", "There is no such session.")
    still_kept(session)
    asked = _of_the_past(asked, work.now)
    upload = 0
    if asked.sent is not None and asked.lines:
        upload = number_of(work, asked.key, REPORT, asked.sent, asked.sent.zone)
    accepted = take_in(work, asked, upload)
    if asked.lines and session.ends_at is not None and work.now >= session.ends_at:
        deadlines.complete_sooner(work, session, asked.grace)
    return Receipt(
        accepted,
        len(asked.lines) - accepted,
        asked.refused,
        left_out_of(asked.lines),
        upload or None,
        _outside(asked, session),
        _other_meetings(work, asked, session),
    )


def _meetings_of(key: Key) -> Query[Meeting]:
    return where(Meeting, course_id=key[0], session_id=key[1])


def _outside(asked: Report, session: Session) -> int:
    window = window_of(session)
    if window is None:
        return 0
    return sum(not touches(line.joined_at, line.left_at, window) for _, line in asked.lines)


def _other_meetings(work: Work, asked: Report, session: Session) -> tuple[str, ...]:
    """A file of another meeting may be of one that stood in for it and was never told; so it is
    kept, and whoever sent it is told."""
    if not asked.meetings or asked.sent is None:
        return ()
    known = {one.meeting_id for one in work.find(_meetings_of(asked.key))}
    known |= {session.meeting_id} if session.meeting_id is not None else set()
    return tuple(each for each in asked.meetings if known and each not in known)


def _of_the_past(asked: Report, now: datetime) -> Report:
    told: list[tuple[int, Reported]] = []
    refused = list(asked.refused)
    for place, line in asked.lines:
        try:
            check_told(line, now)
            told.append((place, line))
        except Refusal as refusal:
            refused.append((place, why(refusal)))
    return replace(asked, lines=tuple(told), refused=tuple(sorted(refused)))


@alone
@needs(report_needs)
async def report_alone(work: Work, asked: Report) -> Receipt:
    """The same for a long page: many of those in one transaction would hold it too long."""
    return await report(work, asked)


def _partner_needs(event: PartnerAttendanceReported) -> Plan:
    line = _told(event)
    return (yield from keep_needs((event.course_id, event.session_id), [(line.sha256, line.who)]))


@needs(_partner_needs)
async def keep_partner_report(work: Work, event: PartnerAttendanceReported) -> None:
    """Keep what a partner says of one person; the session may be unknown yet."""
    key = (event.course_id, event.session_id)
    session = work.get(Session, key)
    if session is not None and session.expired_at is not None:
        return  # what was kept for its time is not begun anew
    keep(work, key, [_told(event)], PARTNER)


def _told(event: PartnerAttendanceReported) -> Reported:
    """A partner's item as a line; its body names the item, so each item is a line of its own."""
    body = {
        "partner_id": event.partner_id,
        "item_id": event.item_id,
        "registration_id": event.registration_id,
        "joined_at": rfc3339(event.joined_at),
        "left_at": rfc3339(event.left_at),
    }
    who = Named(
        event.registration_id or f"partner:{event.partner_id}/{event.item_id}",
        event.registration_id,
        event.attendee.name if event.attendee else None,
        event.attendee.email if event.attendee else None,
    )
    left_at = max(event.joined_at, event.left_at)
    return Reported(
        event.joined_at, left_at, waiting=False, who=who, body=body, sha256=digest(body)
    )
