"""Strangers: participants of whom nobody registered is known, and the human who matches them.

A line that names no registration of the course is kept, and its participant waits here. Who waits
only because the news of the registration had not come is told apart when the queue is read. Whom
the platform's list of registrants names (`registrants.py`) does not wait: their place here says at
once whose participant it is, as a human's word would.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID, uuid5

from services.attendance.commands import deadlines
from services.attendance.domain.lines import Named
from services.attendance.models import Person, Registrant, Registration, Session, Unmatched
from shared.errors import Conflict, NotFound
from shared.runtime.plans import Plan, Wanted, needs
from shared.runtime.rows import replace
from shared.runtime.work import Work

_SPACE = UUID("4f3e3f4e-3b57-5a0b-9d0a-0c5a4b1f9a77")


class OtherCourse(Conflict):
    """Evidence of one course never counts for another."""

    slug = "registration-of-another-course"


@dataclass(frozen=True, slots=True)
class Match:
    """A human says who it was; `by` names the key, `reason` says why, in words of their own."""

    unmatched_id: str
    registration_id: str
    reason: str
    by: str


def stranger_id(course_id: str, session_id: str, participant_id: str) -> str:
    """The same participant of the same session has one place in the queue."""
    return str(uuid5(_SPACE, f"{course_id}\n{session_id}\n{participant_id}"))


def registrants_of(seen: Iterable[tuple[tuple[str, str], Named]]) -> list[Wanted]:
    """What the platform told of the registrants that lines name, to be read by plans."""
    named = {(*key, who.registrant_id) for key, who in seen if who.registrant_id}
    return [(Registrant, key) for key in sorted(named)]


def keep_strangers(work: Work, seen: Iterable[tuple[tuple[str, str], Named]]) -> None:
    """Put participants into the queue, once each.

    Plan: Registration and Unmatched of each, and `registrants_of` those without a registration.
    """
    for (course_id, session_id), who in seen:
        if who.participant_id is None or is_known(work, course_id, who):
            continue
        key = stranger_id(course_id, session_id, who.participant_id)
        if work.get(Unmatched, key) is not None:
            continue
        told = (
            work.get(Registrant, (course_id, session_id, who.registrant_id))
            if who.registrant_id
            else None
        )
        if told is not None and told.ended_at is not None:
            told = None
        # Whom an id leads to needs no name here: it would outlive their erasure.
        named = told is not None or _registration(work, who) is not None
        work.put(
            Unmatched(
                id=key,
                course_id=course_id,
                session_id=session_id,
                participant_id=who.participant_id,
                claimed_registration_id=who.registration_id,
                registrant_id=who.registrant_id,
                name=None if named else who.name,
                email=None if named or who.email is None else who.email.strip().lower(),
                state="matched" if told else "open",
                registration_id=told.registration_id if told else None,
                first_seen_at=work.now,
            )
        )


def is_known(work: Work, course_id: str, who: Named) -> bool:
    """Whether a line names a registration of this course."""
    registration = _registration(work, who)
    return registration is not None and registration.course_id == course_id


def _registration(work: Work, who: Named) -> Registration | None:
    return work.get(Registration, who.registration_id) if who.registration_id else None


def _match_needs(match: Match) -> Plan:
    stranger, registration = yield [
        (Unmatched, match.unmatched_id),
        (Registration, match.registration_id),
    ]
    if registration is not None:
        yield [(Person, registration.person_id)]
    if stranger is None:
        return []
    return [(Session, (stranger.course_id, stranger.session_id)), (Unmatched, stranger.id)]


@needs(_match_needs)
async def match(work: Work, asked: Match) -> Unmatched:
    """Say who a stranger was. Asked again the same: the same answer; otherwise: corrected.

    The name has served, and goes; of somebody erased no words are kept either.
    """
    stranger = work.get(Unmatched, asked.unmatched_id)
    if stranger is None:
        raise NotFound("unmatched-unknown", "Nobody with this id waits to be matched.")
    registration = work.get(Registration, asked.registration_id)
    if registration is None:
        raise NotFound("registration-unknown", "There is no such registration.")
    if registration.course_id != stranger.course_id:
        raise OtherCourse("That registration is for another course.")
    if stranger.state == "matched" and stranger.registration_id == asked.registration_id:
        return stranger
    person = work.get(Person, registration.person_id)
    entry = {
        "registration_id": asked.registration_id,
        "reason": "" if person is not None and person.erased else asked.reason,
        "by": asked.by,
        "at": work.now.isoformat(),
    }
    matched = replace(
        stranger,
        state="matched",
        registration_id=asked.registration_id,
        name=None,
        email=None,
        history=[*stranger.history, entry],
    )
    work.put(matched)
    # The words stay in the row, where erasure reaches them; an audit is never changed.
    why = "first-match" if stranger.state == "open" else "corrected"
    work.audit("participant.matched", f"{stranger.id} {asked.registration_id}", why)
    session = work.get(Session, (stranger.course_id, stranger.session_id))
    if session is not None and session.state == "completed":
        deadlines.settle_again(work, session)
    return matched
