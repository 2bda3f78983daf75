"""Concerned: whom something new of one participant can concern, who is then settled anew.

A registration's attendance rests on all lines of the participants that a line calls by it, or that
somebody said are its (`lines_of.py`). So a new line of a participant, a word of whose they are, and
the news of a registration that their lines name can only concern the registrations that their lines
name, and whom they were ever said to be: several people on one connection all are. What is about
the session, its rule or its meetings concerns everybody, and is a walk over all.
"""

from __future__ import annotations

from typing import Any

from services.attendance.commands import deadlines
from services.attendance.commands.deadlines import named
from services.attendance.commands.unmatched import stranger_id
from services.attendance.models import Observation, Registration, ReportLine, Session, Unmatched
from shared.runtime.due import Due
from shared.runtime.plans import Plan, needs
from shared.runtime.rows import Query, where
from shared.runtime.work import Work


def lines_calling(registration_id: str) -> list[Query[Any]]:
    """All lines that name a registration, of whatever session, for plans."""
    return [where(row, registration_id=registration_id) for row in (Observation, ReportLine)]


def participants_called(work: Work, registration_id: str) -> dict[tuple[str, str], set[str | None]]:
    """Session → the participants whom its lines call by a registration. Plan: `lines_calling`."""
    found: dict[tuple[str, str], set[str | None]] = {}
    for query in lines_calling(registration_id):
        for line in work.find(query):
            found.setdefault((line.course_id, line.session_id), set()).add(line.participant_id)
    return found


def _lines_of(due: Due) -> list[Query[Any]]:
    (course_id, session_id), participant_id = named(due.payload), due.payload["participant_id"]
    return [
        where(row, course_id=course_id, session_id=session_id, participant_id=participant_id)
        for row in (Observation, ReportLine)
    ]


def _place_of(due: Due) -> str:
    return stranger_id(*named(due.payload), due.payload["participant_id"])


def _concerned_needs(due: Due) -> Plan:
    *lines, place = yield [*_lines_of(due), (Unmatched, _place_of(due))]
    yield [(Registration, each) for each in _named(lines, place)]
    return [(Session, named(due.payload))]


@needs(_concerned_needs)
async def settle_concerned(work: Work, due: Due) -> None:
    """Have those looked at whom a participant's lines name, or who they were ever said to be."""
    session = work.get(Session, named(due.payload))
    if session is None or session.state != "completed" or session.expired_at is not None:
        return
    lines = [work.find(query) for query in _lines_of(due)]
    for registration_id in _named(lines, work.get(Unmatched, _place_of(due))):
        registration = work.get(Registration, registration_id)
        if registration is not None and registration.course_id == session.course_id:
            deadlines.settle_one(work, session, registration_id)
    deadlines.review(work, session)


def _named(lines: list[list[Any]], place: Unmatched | None) -> list[str]:
    ids = {line.registration_id for of_kind in lines for line in of_kind}
    if place is not None:
        ids |= {entry["registration_id"] for entry in place.history}
    return sorted(ids - {None})
