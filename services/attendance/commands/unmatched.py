"""Strangers: participants of whom nobody registered is known.

A line that names no registration of the course is kept, and its participant waits here. Who waits
only because the news of the registration had not come is told apart when the queue is read. Whom
the platform's list of registrants names (`registrants.py`) does not wait: their place here says at
once whose participant it is, as a human's word would.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID, uuid5

from services.attendance.commands.matching import say_by_list
from services.attendance.domain.lines import Named
from services.attendance.models import Registrant, Registration, Unmatched
from shared.runtime.plans import Wanted
from shared.runtime.work import Work

_SPACE = UUID("4f3e3f4e-3b57-5a0b-9d0a-0c5a4b1f9a77")


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
        stranger = Unmatched(
            id=key,
            course_id=course_id,
            session_id=session_id,
            participant_id=who.participant_id,
            claimed_registration_id=who.registration_id,
            registrant_id=who.registrant_id,
            name=None if named else who.name,
            email=None if named or who.email is None else who.email.strip().lower(),
            first_seen_at=work.now,
        )
        if told is None:
            work.put(stranger)
        else:
            say_by_list(work, stranger, told.registration_id)


def is_known(work: Work, course_id: str, who: Named) -> bool:
    """Whether a line names a registration of this course."""
    registration = _registration(work, who)
    return registration is not None and registration.course_id == course_id


def _registration(work: Work, who: Named) -> Registration | None:
    return work.get(Registration, who.registration_id) if who.registration_id else None
