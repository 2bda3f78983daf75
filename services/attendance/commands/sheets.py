"""Sheets: printing the one to sign, and keeping what was signed as evidence of origin `sheet`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.attendance.commands import deadlines
from services.attendance.commands.completing import SessionUnknown, still_kept
from services.attendance.commands.deadlines import ref_of
from services.attendance.commands.gathering import window_of
from services.attendance.commands.keeping import keep, keep_needs
from services.attendance.commands.observing import Key, Receipt, left_out_of
from services.attendance.commands.uploads import Sent, number_of, uploads_of
from services.attendance.domain.evidence import SHEET
from services.attendance.domain.fields import why
from services.attendance.domain.lines import Reported
from services.attendance.domain.minutes import Window
from services.attendance.domain.roll import expected
from services.attendance.domain.schedule import State, may_complete
from services.attendance.domain.sheets import (
    Printed,
    Signed,
    may_have_a_sheet,
    placed,
    read_signed,
)
from services.attendance.models import Course, Person, Registration, Session
from shared.errors import Refusal
from shared.runtime.plans import Plan, alone, needs
from shared.runtime.rows import where
from shared.runtime.work import Work


@dataclass(frozen=True, slots=True)
class Sheet:
    """What was signed, by the place of its line; how many lines nobody signed."""

    course_id: str
    session_id: str
    lines: tuple[tuple[int, Signed], ...]
    refused: tuple[tuple[int, str], ...]
    blank: int
    grace: timedelta
    sent: Sent

    @property
    def key(self) -> Key:
        """The session it is about."""
        return self.course_id, self.session_id


@dataclass(frozen=True, slots=True)
class Print:
    """Somebody asks for the sheet to sign, with names on it."""

    course_id: str
    session_id: str


@dataclass(frozen=True, slots=True)
class ToSign:
    """The sheet: of what, and whom."""

    course: str
    session: str
    location: str
    zone: str
    starts_at: datetime
    ends_at: datetime
    rows: tuple[Printed, ...]


def reading(
    course_id: str,
    session_id: str,
    lines: Iterable[tuple[int, Any]],
    grace: timedelta,
    secret: str,
    sent: Sent,
) -> Sheet:
    """Read each line by itself; `secret` is the platform's."""
    read: list[tuple[int, Signed]] = []
    refused: list[tuple[int, str]] = []
    blank = 0
    for place, line in lines:
        try:
            signed = read_signed(line, secret)
        except Refusal as refusal:
            refused.append((place, why(refusal)))
            continue
        if signed is None:
            blank += 1
        else:
            read.append((place, signed))
    return Sheet(course_id, session_id, tuple(read), tuple(refused), blank, grace, sent)


def _sheet_needs(asked: Sheet) -> Plan:
    yield [(Course, asked.course_id), uploads_of(asked.key)]
    return (yield from keep_needs(asked.key, [(line.sha256, line.who) for _, line in asked.lines]))


@alone
@needs(_sheet_needs)
async def keep_sheet(work: Work, asked: Sheet) -> Receipt:
    """Keep what was signed; a line whose times cannot be right is refused, and only that."""
    session, window = _in_a_room(work.get(Session, asked.key))
    still_kept(session)
    may_complete(State(session.state), session.starts_at, work.now)
    zone = _zone(session, work.get(Course, asked.course_id))
    told: list[Reported] = []
    refused = list(asked.refused)
    for place, signed in asked.lines:
        try:
            told.append(placed(signed, window, zone, work.now))
        except Refusal as refusal:
            refused.append((place, why(refusal)))
    upload = number_of(work, asked.key, SHEET, asked.sent, zone) if told else 0
    accepted = keep(work, asked.key, told, SHEET, upload)
    if accepted:
        work.audit("sheet.kept", ref_of(*asked.key), f"{accepted} lines")
    if told and session.meeting_id is None and work.now >= window.ends_at:
        deadlines.complete_sooner(work, session, asked.grace)  # a room has no other report
    known = len(told) - accepted
    return Receipt(
        accepted, known, tuple(sorted(refused)), left_out_of(asked.lines), upload or None
    )


def _print_needs(asked: Print) -> Plan:
    _, _, roll = yield [
        (Course, asked.course_id),
        (Session, (asked.course_id, asked.session_id)),
        where(Registration, course_id=asked.course_id),
    ]
    yield [(Person, one.person_id) for one in roll]
    return []


@alone
@needs(_print_needs)
async def print_sheet(work: Work, asked: Print) -> ToSign:
    """Who is expected, by name. That it was printed is kept: names are read here."""
    session, window = _in_a_room(work.get(Session, (asked.course_id, asked.session_id)))
    course = work.get(Course, asked.course_id)
    names = []
    for one in work.find(where(Registration, course_id=asked.course_id)):
        gave_back = asked.session_id in one.given_back
        confirmed = one.confirmed_at is not None
        if expected(confirmed, one.ended_at, window.starts_at, gave_back=gave_back):
            person = work.get(Person, one.person_id)
            name = " ".join(person.name.split()) if person is not None else ""
            names.append((name or "(name unknown)", one.registration_id))
    names.sort(key=lambda pair: (pair[0].casefold(), pair[1]))
    work.audit("sheet.printed", ref_of(asked.course_id, asked.session_id), f"{len(names)} names")
    return ToSign(
        course=course.title if course else "",
        session=session.title,
        location=session.location,
        zone=_zone(session, course),
        starts_at=window.starts_at,
        ends_at=window.ends_at,
        rows=tuple(Printed(n, name, who) for n, (name, who) in enumerate(names, 1)),
    )


def _in_a_room(session: Session | None) -> tuple[Session, Window]:
    window = window_of(session) if session is not None else None
    if session is None or window is None:
        raise SessionUnknown("There is no such session.")
    may_have_a_sheet(window, recorded=session.recorded)
    return session, window


def _zone(session: Session, course: Course | None) -> str:
    return session.zone or (course.zone if course else "") or "UTC"
