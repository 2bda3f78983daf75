"""People: copies of names and addresses, which help a human match, and erasure (domain.md §9)."""

from __future__ import annotations

from services.attendance.models import (
    CorrectionReason,
    Former,
    Match,
    Person,
    Registrant,
    Registration,
    Unmatched,
)
from shared.contracts.registration import PersonRecorded
from shared.runtime.plans import Plan, needs
from shared.runtime.rows import replace, where
from shared.runtime.work import Work


@needs(lambda event: [(Person, event.person_id)])
async def record_person(work: Work, event: PersonRecorded) -> None:
    """Keep the latest name and address."""
    known = work.get(Person, event.person_id)
    if known is None or (known.version < event.version and not known.erased):
        work.put(
            Person(
                person_id=event.person_id,
                version=event.version,
                name=event.name,
                email=event.email,
            )
        )


def _forget_needs(person_id: str) -> Plan:
    known, registrations, formerly = yield [
        (Person, person_id),
        where(Registration, person_id=person_id),
        where(Former, person_id=person_id),
    ]
    theirs = sorted(registration.registration_id for registration in registrations)
    ids = sorted({*theirs, *(former.registration_id for former in formerly)})
    matched = yield [where(Match, registration_id=key) for key in ids]
    return [
        (Person, person_id),
        *(where(Unmatched, email=email) for email in _addresses(known)),
        *((Unmatched, match.unmatched_id) for matches in matched for match in matches),
        *(where(Unmatched, claimed_registration_id=key) for key in ids),
        *(where(CorrectionReason, registration_id=key) for key in ids),
        *(where(Registrant, registration_id=key) for key in theirs),
    ]


@needs(_forget_needs)
async def forget_person(work: Work, person_id: str) -> None:
    """Erased: the copy goes, what they typed as a name, what staff wrote of them, and their own way
    into a meeting, also of a registration that a colleague has by now; evidence by id stays
    (domain.md §9). Who waits unmatched under their address has no name any more."""
    for email in _addresses(work.get(Person, person_id)):
        for stranger in work.find(where(Unmatched, email=email)):
            work.put(wordless(stranger))
    work.put(Person(person_id=person_id, erased=True))
    theirs = {row.registration_id for row in work.find(where(Registration, person_id=person_id))}
    formerly = {row.registration_id for row in work.find(where(Former, person_id=person_id))}
    for key in sorted(theirs | formerly):
        # Also of a match that was taken back since, or corrected to somebody else.
        matched = (match.unmatched_id for match in work.find(where(Match, registration_id=key)))
        places = [work.get(Unmatched, each) for each in sorted(set(matched))]
        claimed = work.find(where(Unmatched, claimed_registration_id=key))
        for stranger in (*filter(None, places), *claimed):
            work.put(wordless(stranger))
        for why in work.find(where(CorrectionReason, registration_id=key)):
            work.put(replace(why, reason=""))
    for key in sorted(theirs):
        for registrant in work.find(where(Registrant, registration_id=key)):
            work.put(replace(registrant, join_url=None))


def _addresses(person: Person | None) -> list[str]:
    """As the queue of the unmatched keeps them."""
    email = person.email.strip().lower() if person is not None else ""
    return [email] if email else []


def wordless(stranger: Unmatched) -> Unmatched:
    """A participant's place without what names them, and without words."""
    history = [{**entry, "reason": ""} for entry in stranger.history]
    return replace(stranger, name=None, email=None, history=history)
