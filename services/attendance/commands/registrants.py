"""Registrants: the platform's list of who registered there, and whose registration of ours that is.

With it a participant is known by the platform's id alone, whether what names them comes after the
list or came before it; and the door can lead to the person's own way into the meeting. Each line is
put by itself: what a list does not name stays as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.attendance.commands import deadlines
from services.attendance.commands.completing import SessionUnknown, still_kept
from services.attendance.commands.matching import by_human, say_by_list
from services.attendance.commands.observing import Key, Receipt
from services.attendance.domain.enlisting import Enlisted, read_registrant
from services.attendance.domain.fields import why
from services.attendance.models import Registrant, Registration, Session, Unmatched
from shared.errors import Refusal
from shared.runtime.plans import Plan, alone, needs
from shared.runtime.rows import Query, replace, where
from shared.runtime.work import Work

_FORMER = (
    "{} is the registrant of somebody for whom a colleague comes: register the colleague there."
)


@dataclass(frozen=True, slots=True)
class Enlist:
    """A list of a session's registrants; `by` names the key."""

    course_id: str
    session_id: str
    lines: tuple[tuple[int, Enlisted], ...]
    refused: tuple[tuple[int, str], ...]
    by: str

    @property
    def key(self) -> Key:
        """The session it is about."""
        return self.course_id, self.session_id


def reading(course_id: str, session_id: str, lines: Sequence[Any], by: str) -> Enlist:
    """Read each line by itself; of two that tell differently of one registrant the later is
    refused."""
    read: dict[str, tuple[int, Enlisted]] = {}
    refused: list[tuple[int, str]] = []
    for place, line in enumerate(lines):
        try:
            found = read_registrant(line)
        except Refusal as refusal:
            refused.append((place, why(refusal)))
            continue
        _, before = read.setdefault(found.registrant_id, (place, found))
        if before != found:
            refused.append((place, f"Registrant {found.registrant_id} is named twice."))
    return Enlist(course_id, session_id, tuple(read.values()), tuple(refused), by)


def _places(asked: Enlist, registrant_id: str) -> Query[Unmatched]:
    return where(
        Unmatched,
        course_id=asked.course_id,
        session_id=asked.session_id,
        registrant_id=registrant_id,
    )


def _enlist_needs(asked: Enlist) -> Plan:
    lines = [line for _, line in asked.lines]
    yield [(Registration, key) for key in sorted({line.registration_id for line in lines})]
    return [
        (Session, asked.key),
        *((Registrant, (*asked.key, line.registrant_id)) for line in lines),
        *(_places(asked, line.registrant_id) for line in lines),
    ]


@alone
@needs(_enlist_needs)
async def enlist(work: Work, asked: Enlist) -> Receipt:
    """Keep a list, and match by it those who wait; a human's word about one stands, and whoever
    sent the list is told of whom."""
    session = work.get(Session, asked.key)
    if session is None:
        raise SessionUnknown("There is no such session.")
    still_kept(session)
    accepted, unchanged, refused = 0, 0, list(asked.refused)
    overruled: set[str | None] = set()
    matched: set[str | None] = set()
    async for place, line in work.unhurried(asked.lines):
        registration = work.get(Registration, line.registration_id)
        if registration is None or registration.course_id != asked.course_id:
            refused.append((place, f"{line.registration_id} is no registration of this course."))
            continue
        new = Registrant(
            course_id=asked.course_id,
            session_id=asked.session_id,
            registrant_id=line.registrant_id,
            registration_id=line.registration_id,
            meeting_id=session.meeting_id,
            join_url=line.join_url,
            told_at=work.now,
            by=asked.by,
        )
        known = work.get(Registrant, (*asked.key, line.registrant_id))
        if known is not None and known.ended_at is not None:
            refused.append((place, _FORMER.format(line.registrant_id)))
            continue
        places = work.find(_places(asked, line.registrant_id))
        overruled |= _overruled(places, line)
        if known is not None and _same(known, new):
            unchanged += 1
            continue
        work.put(new)
        accepted += 1
        for stranger in places:
            if _match(work, stranger, line.registration_id):
                matched.add(stranger.participant_id)
    if matched and session.state == "completed":
        deadlines.settle_those(work, session, matched)
    if accepted:
        work.audit("registrants.told", f"{asked.course_id}/{asked.session_id}", f"{accepted}")
    counts = (accepted, unchanged, tuple(sorted(refused)))
    return Receipt(*counts, overruled=tuple(sorted(filter(None, overruled))))


def end_needs(registration_id: str) -> Plan:
    """What `end` looks at."""
    theirs = where(Registrant, registration_id=registration_id)
    [told] = yield [theirs]
    sessions = [(Session, (row.course_id, row.session_id)) for row in told]
    return [*sessions, theirs, where(Unmatched, registration_id=registration_id)]


def end(work: Work, registration_id: str) -> None:
    """The registration is a colleague's: nobody is led in by the former's own way, and in a session
    that has not begun whoever comes by it is a stranger. What was matched before stays evidence."""
    ended = set()
    for row in work.find(where(Registrant, registration_id=registration_id)):
        session = work.get(Session, (row.course_id, row.session_id))
        over = row.ended_at
        if session is None or session.starts_at is None or work.now < session.starts_at:
            over = over or work.now
            ended.add((row.course_id, row.session_id, row.registrant_id))
        work.put(replace(row, join_url=None, ended_at=over))
    for stranger in work.find(where(Unmatched, registration_id=registration_id)):
        place = (stranger.course_id, stranger.session_id, stranger.registrant_id)
        if place in ended and not by_human(stranger):
            say_by_list(work, stranger, None)


def _same(one: Registrant, other: Registrant) -> bool:
    return (one.registration_id, one.meeting_id, one.join_url) == (
        other.registration_id,
        other.meeting_id,
        other.join_url,
    )


def _overruled(places: Sequence[Unmatched], line: Enlisted) -> set[str | None]:
    """The registrant, where a human said that they are somebody else's, or nobody's: that holds
    until a human says otherwise."""
    others = (each for each in places if each.registration_id != line.registration_id)
    return {each.registrant_id for each in others if by_human(each)}


def _match(work: Work, stranger: Unmatched, registration_id: str) -> bool:
    """Whether a participant's place says something new now; never against a human's word."""
    if by_human(stranger) or stranger.registration_id == registration_id:
        return False
    say_by_list(work, stranger, registration_id)
    return True
