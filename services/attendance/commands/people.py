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
from shared.runtime.rows import Query, replace, where
from shared.runtime.work import Work


@needs(lambda event: [(Person, event.person_id)])
async def record_person(work: Work, event: PersonRecorded) -> None:
    """Keep the latest name and address, and of all others what erasure finds the queue by."""
    known = work.get(Person, event.person_id)
    if known is not None and known.erased:
        return
    heard = Person(
        person_id=event.person_id, version=event.version, name=event.name, email=event.email
    )
    if known is None:
        work.put(heard)
        return
    new = heard if known.version < event.version else known
    addresses = {*_addresses(known), *_addresses(heard)} - {_folded(new.email)}
    names = {*_names(known), *_names(heard)} - {new.name.strip()}
    former = {"former_emails": sorted(addresses - {""}), "former_names": sorted(names - {""})}
    if new is heard or (known.former_emails, known.former_names) != tuple(former.values()):
        work.put(replace(new, **former))


def _forget_needs(person_id: str) -> Plan:
    known, registrations, formerly = yield [
        (Person, person_id),
        where(Registration, person_id=person_id),
        where(Former, person_id=person_id),
    ]
    theirs = sorted(registration.registration_id for registration in registrations)
    ids = sorted({*theirs, *(former.registration_id for former in formerly)})
    found = yield [
        *(where(Match, registration_id=key) for key in ids),
        *((Registration, key) for key in ids),
    ]
    matched, rows = found[: len(ids)], [row for row in found[len(ids) :] if row is not None]
    return [
        # Whoever writes of them locks their registration: they are before us, or know.
        *((Registration, key) for key in ids),
        (Person, person_id),
        *(where(Unmatched, email=email) for email in _addresses(known)),
        *(_named(row.course_id, name) for row in rows for name in _names(known)),
        *((Unmatched, match.unmatched_id) for matches in matched for match in matches),
        *(where(Unmatched, claimed_registration_id=key) for key in ids),
        *(where(CorrectionReason, registration_id=key) for key in ids),
        *(where(Registrant, registration_id=key) for key in theirs),
    ]


@needs(_forget_needs)
async def forget_person(work: Work, person_id: str) -> None:
    """Erased: the copy goes, what they typed as a name, what staff wrote of them, and their own way
    into a meeting, also of a registration that a colleague has by now; evidence by id stays
    (domain.md §9). Who waits under an address that was ever theirs has no name any more, nor who
    waits by one of their names alone in a course of theirs: of a namesake there, staff have the
    file (decision 81)."""
    known = work.get(Person, person_id)
    for email in _addresses(known):
        for stranger in work.find(where(Unmatched, email=email)):
            work.put(wordless(stranger))
    work.put(Person(person_id=person_id, erased=True))
    theirs = {row.registration_id for row in work.find(where(Registration, person_id=person_id))}
    formerly = {row.registration_id for row in work.find(where(Former, person_id=person_id))}
    for key in sorted(theirs | formerly):
        for stranger in _places_of(work, key, _names(known)):
            work.put(wordless(stranger))
        for why in work.find(where(CorrectionReason, registration_id=key)):
            work.put(replace(why, reason=""))
    for key in sorted(theirs):
        for registrant in work.find(where(Registrant, registration_id=key)):
            work.put(replace(registrant, join_url=None))


def _places_of(work: Work, registration_id: str, names: list[str]) -> list[Unmatched]:
    """Places that were matched to a registration, also where that was taken back or corrected
    since; that claim it; and that have one of these names and no address in its course."""
    matched = {m.unmatched_id for m in work.find(where(Match, registration_id=registration_id))}
    places = [place for each in sorted(matched) if (place := work.get(Unmatched, each))]
    places += work.find(where(Unmatched, claimed_registration_id=registration_id))
    registration = work.get(Registration, registration_id)
    if registration is not None:
        for name in names:
            places += work.find(_named(registration.course_id, name))
    return places


def _named(course_id: str, name: str) -> Query[Unmatched]:
    """Who waits in a course by a name alone; with another's address they are somebody else."""
    return where(Unmatched, course_id=course_id, email=None, name=name)


def _addresses(person: Person | None) -> list[str]:
    """All that were ever theirs, as the queue of the unmatched keeps them."""
    if person is None:
        return []
    return sorted({_folded(person.email), *person.former_emails} - {""})


def _folded(email: str) -> str:
    return email.strip().lower()


def _names(person: Person | None) -> list[str]:
    """All that were ever theirs, as they are written."""
    return sorted({person.name.strip(), *person.former_names} - {""}) if person is not None else []


def wordless(stranger: Unmatched) -> Unmatched:
    """A participant's place without what names them, and without words."""
    history = [{**entry, "reason": ""} for entry in stranger.history]
    return replace(stranger, name=None, email=None, history=history)
