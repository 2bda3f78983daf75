"""The roll: copies of registrations and people, and who is expected because of them."""

from __future__ import annotations

from datetime import datetime

from services.attendance.commands import deadlines, registrants
from services.attendance.domain.roll import Standing, heard
from services.attendance.models import (
    CorrectionReason,
    Former,
    Match,
    Person,
    Registrant,
    Registration,
    Session,
    Unmatched,
)
from shared.contracts.registration import (
    DisclosureAccepted,
    OfRegistration,
    PersonRecorded,
    RegistrationAcknowledged,
    RegistrationCancelled,
    RegistrationConfirmed,
    RegistrationExpired,
    RegistrationLapsed,
    RegistrationLinkRequested,
    RegistrationRequested,
    RegistrationShareDue,
    RegistrationSubstituted,
    RegistrationTransferred,
    RegistrationUnseated,
    RegistrationWaitlisted,
)
from shared.runtime.plans import Plan, Wanted, needs
from shared.runtime.rows import replace, where
from shared.runtime.work import Work

Ending = RegistrationCancelled | RegistrationTransferred | RegistrationUnseated


def _one(event: OfRegistration) -> list[Wanted]:
    return [(Registration, event.registration_id)]


def _with_sessions(event: OfRegistration) -> list[Wanted]:
    """The course's sessions too: one that completes at the same moment must see this, or we it."""
    return [where(Session, course_id=event.course_id), (Registration, event.registration_id)]


def _enrol_needs(event: OfRegistration) -> Plan:
    claimed = where(Unmatched, claimed_registration_id=event.registration_id)
    [waiting] = yield [claimed]
    yield [(Session, (stranger.course_id, stranger.session_id)) for stranger in waiting]
    return [*_one(event), (Person, event.person_id), claimed]


@needs(_enrol_needs)
async def enrol(work: Work, event: RegistrationRequested | RegistrationWaitlisted) -> None:
    """Keep a new registration; it is not expected until it is confirmed.

    Whoever came with its link before it was known is a stranger no more; who was erased before it
    was heard of is erased there too.
    """
    row = _known(work, event)
    row = replace(row, token_version=max(row.token_version, event.token_version))
    work.put(_accepted(row, event.disclosure))
    person = work.get(Person, event.person_id)
    claimed = where(Unmatched, claimed_registration_id=event.registration_id)
    for stranger in work.find(claimed):
        if person is not None and person.erased:
            work.put(_wordless(stranger))
        session = work.get(Session, (stranger.course_id, stranger.session_id))
        if session is not None and session.state == "completed":
            deadlines.settle_again(work, session)


@needs(_with_sessions)
async def confirm(work: Work, event: RegistrationConfirmed) -> None:
    """Expected from now on; where sessions are completed already, settled for them too."""
    row = _known(work, event)
    standing = heard(Standing(row.standing), Standing.CONFIRMED)
    row = replace(
        row,
        standing=str(standing),
        confirmed_at=row.confirmed_at or event.confirmed_at,
        token_version=max(row.token_version, event.token_version),
    )
    work.put(row)
    for session in work.find(where(Session, course_id=event.course_id)):
        if session.state == "completed":
            deadlines.settle_again(work, session)


@needs(_one)
async def lapse(work: Work, event: RegistrationLapsed | RegistrationExpired) -> None:
    """The offer or the hold ran out; a late payment may still confirm."""
    row = _known(work, event)
    work.put(replace(row, standing=str(heard(Standing(row.standing), Standing.LAPSED))))


@needs(_one)
async def end(work: Work, event: Ending) -> None:
    """Over: its links are dead, and no session that starts later expects it."""
    row = _known(work, event)
    standing = heard(Standing(row.standing), Standing.ENDED)
    work.put(replace(row, standing=str(standing), ended_at=row.ended_at or event.requested_at))


def _substitute_needs(event: RegistrationSubstituted) -> Plan:
    told = yield from registrants.end_needs(event.registration_id)
    former = (event.registration_id, event.former_person_id)
    return [*told, *_one(event), (Former, former)]


@needs(_substitute_needs)
async def substitute(work: Work, event: RegistrationSubstituted) -> None:
    """A colleague comes instead; links of an older token version are dead, and the former's own way
    into a meeting is nobody's."""
    row = _known(work, event)
    if event.token_version <= row.token_version and row.person_id != event.former_person_id:
        return
    row = replace(
        row,
        person_id=event.person_id,
        token_version=max(row.token_version, event.token_version),
    )
    work.put(_accepted(row, event.disclosure))
    former = Former(registration_id=event.registration_id, person_id=event.former_person_id)
    work.put(former)
    registrants.end(work, event.registration_id)


@needs(_one)
async def renew(work: Work, event: RegistrationLinkRequested) -> None:
    """Links were asked for; where they were made anew, all of an older version are dead."""
    row = _known(work, event)
    if event.token_version > row.token_version:
        work.put(replace(row, token_version=event.token_version))


@needs(_one)
async def give_back(work: Work, event: RegistrationShareDue) -> None:
    """The share of a cancelled session was taken back: its make-up date is not for them."""
    row = _known(work, event)
    if event.session_id not in row.given_back:
        work.put(replace(row, given_back=sorted([*row.given_back, event.session_id])))


@needs(_one)
async def acknowledge(work: Work, event: RegistrationAcknowledged) -> None:
    """A version of the disclosure was accepted."""
    work.put(_accepted(_known(work, event), event.disclosure))


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
            work.put(_wordless(stranger))
    work.put(Person(person_id=person_id, erased=True))
    theirs = {row.registration_id for row in work.find(where(Registration, person_id=person_id))}
    formerly = {row.registration_id for row in work.find(where(Former, person_id=person_id))}
    for key in sorted(theirs | formerly):
        # Also of a match that was taken back since, or corrected to somebody else.
        matched = (match.unmatched_id for match in work.find(where(Match, registration_id=key)))
        places = [work.get(Unmatched, each) for each in sorted(set(matched))]
        claimed = work.find(where(Unmatched, claimed_registration_id=key))
        for stranger in (*filter(None, places), *claimed):
            work.put(_wordless(stranger))
        for why in work.find(where(CorrectionReason, registration_id=key)):
            work.put(replace(why, reason=""))
    for key in sorted(theirs):
        for registrant in work.find(where(Registrant, registration_id=key)):
            work.put(replace(registrant, join_url=None))


def _addresses(person: Person | None) -> list[str]:
    """As the queue of the unmatched keeps them."""
    email = person.email.strip().lower() if person is not None else ""
    return [email] if email else []


def _wordless(stranger: Unmatched) -> Unmatched:
    history = [{**entry, "reason": ""} for entry in stranger.history]
    return replace(stranger, name=None, email=None, history=history)


def _known(work: Work, event: OfRegistration) -> Registration:
    """The copy, or a stub from what every event of a registration carries."""
    return work.get(Registration, event.registration_id) or Registration(
        registration_id=event.registration_id,
        course_id=event.course_id,
        person_id=event.person_id,
        standing=str(Standing.PENDING),
        token_version=1,
    )


def _accepted(row: Registration, disclosure: DisclosureAccepted | None) -> Registration:
    """The latest acceptance counts, in whatever order they are heard."""
    if disclosure is None or not _later(row.disclosure_at, disclosure.accepted_at):
        return row
    return replace(row, disclosure_version=disclosure.version, disclosure_at=disclosure.accepted_at)


def _later(before: datetime | None, after: datetime) -> bool:
    return before is None or after >= before
