"""What registration says of a registration, kept on arrival; then all is decided again.

Nothing is refused for coming late, early or twice: what is not known yet stands as a stub.
"""

from __future__ import annotations

from services.billing.commands.account_needs import account_needs
from services.billing.commands.earn import earn, held_needs
from services.billing.commands.settle import review
from services.billing.models import Registration
from shared.contracts.registration import (
    OfRegistration,
    RegistrationCompleted,
    RegistrationConfirmed,
    RegistrationExpired,
    RegistrationLinkRequested,
    RegistrationSubstituted,
    RegistrationWaitlisted,
)
from shared.runtime.plans import Plan, Wanted, needs
from shared.runtime.rows import replace
from shared.runtime.work import Work


def known(work: Work, event: OfRegistration) -> Registration:
    """The registration, or a stub of it."""
    found = work.get(Registration, event.registration_id)
    return found or Registration(
        registration_id=event.registration_id,
        course_id=event.course_id,
        person_id=event.person_id,
        payer_id=event.person_id,
    )


def _account(event: OfRegistration) -> Plan:
    return account_needs(event.registration_id)


def _with_held_sessions(event: OfRegistration) -> list[Wanted]:
    return held_needs(event.registration_id, event.course_id)


@needs(lambda event: [(Registration, event.registration_id)])
async def wait(work: Work, event: RegistrationWaitlisted) -> None:
    """In line for a seat: known, with the version of its links; nothing is asked for yet."""
    registration = known(work, event)
    version = max(registration.token_version, event.token_version)
    work.put(replace(registration, token_version=version))


@needs(_with_held_sessions)
async def confirm(work: Work, event: RegistrationConfirmed) -> None:
    """The seat is taken: from now on, sessions that are held are earned."""
    registration = known(work, event)
    if registration.confirmed_at is None:
        registration = replace(
            registration,
            confirmed_at=event.confirmed_at,
            basis=event.basis,
            token_version=max(registration.token_version, event.token_version),
        )
        work.put(registration)
        earn(work, registration)


@needs(_with_held_sessions)
async def complete(work: Work, event: RegistrationCompleted) -> None:
    """The course is over: what is still deferred is earned."""
    registration = replace(known(work, event), completed_at=event.completed_at)
    work.put(registration)
    earn(work, registration)


@needs(lambda event: [(Registration, event.registration_id)])
async def substitute(work: Work, event: RegistrationSubstituted) -> None:
    """Somebody else comes; the payer stays who it was."""
    registration = known(work, event)
    if event.token_version > registration.token_version:
        work.put(
            replace(registration, person_id=event.person_id, token_version=event.token_version)
        )


@needs(lambda event: [(Registration, event.registration_id)])
async def renew(work: Work, event: RegistrationLinkRequested) -> None:
    """Links were asked for; where they were made anew, all of an older version are dead."""
    registration = known(work, event)
    if event.token_version > registration.token_version:
        work.put(replace(registration, token_version=event.token_version))


@needs(_account)
async def expire(work: Work, event: RegistrationExpired) -> None:
    """The hold ended: an open invoice is withdrawn."""
    registration = known(work, event)
    work.put(replace(registration, expired_at=event.expired_at))
    review(work, event.registration_id)
