"""The roll: copies of registrations, and who is expected because of them."""

from __future__ import annotations

from datetime import datetime

from services.attendance.commands import deadlines, registrants
from services.attendance.commands.concerned import lines_calling, participants_called
from services.attendance.commands.people import wordless
from services.attendance.domain.roll import Standing, heard
from services.attendance.models import (
    Former,
    Person,
    Registration,
    Session,
    Unmatched,
)
from shared.contracts.registration import (
    DisclosureAccepted,
    OfRegistration,
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
    lines = yield lines_calling(event.registration_id)
    called = {(line.course_id, line.session_id) for of_kind in lines for line in of_kind}
    claimed = where(Unmatched, claimed_registration_id=event.registration_id)
    return [
        *((Session, key) for key in sorted(called)),
        *_one(event),
        (Person, event.person_id),
        claimed,
    ]


@needs(_enrol_needs)
async def enrol(work: Work, event: RegistrationRequested | RegistrationWaitlisted) -> None:
    """Keep a new registration; it is not expected until it is confirmed.

    Whoever came with its link before it was known is a stranger no more, and who shares a
    connection with them is looked at too; who was erased before it was heard of is erased there.
    """
    row = _known(work, event)
    row = replace(row, token_version=max(row.token_version, event.token_version))
    work.put(_accepted(row, event.disclosure))
    person = work.get(Person, event.person_id)
    claimed = where(Unmatched, claimed_registration_id=event.registration_id)
    for stranger in work.find(claimed):
        if person is not None and person.erased:
            work.put(wordless(stranger))
    for key, participants in participants_called(work, event.registration_id).items():
        session = work.get(Session, key)
        if session is not None and session.state == "completed":
            deadlines.settle_those(work, session, participants)


def _confirm_needs(event: RegistrationConfirmed) -> Plan:
    yield lines_calling(event.registration_id)
    return _with_sessions(event)


@needs(_confirm_needs)
async def confirm(work: Work, event: RegistrationConfirmed) -> None:
    """Expected from now on; where sessions are completed already, settled for them too, and who
    shares a connection with them looked at."""
    row = _known(work, event)
    standing = heard(Standing(row.standing), Standing.CONFIRMED)
    row = replace(
        row,
        standing=str(standing),
        confirmed_at=row.confirmed_at or event.confirmed_at,
        token_version=max(row.token_version, event.token_version),
    )
    work.put(row)
    called = participants_called(work, event.registration_id)
    for session in work.find(where(Session, course_id=event.course_id)):
        if session.state == "completed":
            deadlines.settle_one(work, session, event.registration_id)
            participants = called.get((session.course_id, session.session_id), ())
            deadlines.settle_those(work, session, participants)


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
