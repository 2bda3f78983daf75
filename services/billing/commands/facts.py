"""What registration says of a registration, kept on arrival; then all is decided again.

Nothing is refused for coming late, early or twice: what is not known yet stands as a stub.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.billing.commands.account import Account
from services.billing.commands.account_needs import account_needs, accounts_need
from services.billing.commands.earn import earn, held_needs
from services.billing.commands.reopen import reopen, reopens
from services.billing.commands.settle import review
from services.billing.models import HeldSession, Registration, Settlement
from shared.contracts.registration import (
    OfRegistration,
    RegistrationCancelled,
    RegistrationCompleted,
    RegistrationConfirmed,
    RegistrationExpired,
    RegistrationLinkRequested,
    RegistrationShareDue,
    RegistrationSubstituted,
    RegistrationTransferred,
    RegistrationUnseated,
    RegistrationWaitlisted,
)
from shared.runtime.plans import Plan, Wanted, needs
from shared.runtime.rows import replace, where
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


def _cancelled(event: RegistrationCancelled) -> Plan:
    wanted = yield from account_needs(event.registration_id)
    return [*wanted, (Settlement, (event.registration_id, "cancelled"))]


@needs(_cancelled)
async def cancel(work: Work, event: RegistrationCancelled) -> None:
    """Cancelled: what comes of it is decided from the snapshot.

    Said a second time it changes nothing, unless the provider cancelled too: theirs is the better.
    """
    known = work.get(Settlement, (event.registration_id, "cancelled"))
    if known is not None and reopens(known, event):
        reopen(Account(work, event.registration_id), known, event)
        review(work, event.registration_id)
        return
    _keep(
        work,
        event,
        cause="cancelled",
        requested_at=event.requested_at,
        by=event.by,
        was=event.was,
        prefer=event.prefer,
        override=event.override.model_dump(mode="json") if event.override else None,
    )


@needs(_account)
async def unseat(work: Work, event: RegistrationUnseated) -> None:
    """Paid too late and no seat left: everything goes back."""
    _keep(
        work,
        event,
        cause="unseated",
        requested_at=event.requested_at,
        by="provider",
        was="expired",
    )


def _both(event: RegistrationTransferred) -> Plan:
    accounts = yield from accounts_need([event.registration_id, event.to_registration_id])
    return [*accounts, where(HeldSession, course_id=event.to_course_id)]


@needs(_both)
async def transfer(work: Work, event: RegistrationTransferred) -> None:
    """Moved to another course: its value goes along, under this course's window."""
    registration = replace(known(work, event), transferred_to=event.to_registration_id)
    work.put(registration)
    _keep(
        work,
        event,
        cause="transferred",
        requested_at=event.requested_at,
        by=event.by,
        was="confirmed",
    )
    new = work.get(Registration, event.to_registration_id)
    if new is not None:
        earn(work, new)


@needs(_account)
async def share_due(work: Work, event: RegistrationShareDue) -> None:
    """The share of one cancelled session goes back."""
    _keep(
        work,
        event,
        cause=f"share_due/{event.session_id}",
        requested_at=event.requested_at,
        by="provider",
        was="confirmed",
        minutes=[event.minutes, event.total_minutes],
    )


def _keep(
    work: Work,
    event: OfRegistration,
    *,
    cause: str,
    requested_at: datetime,
    by: str,
    was: str,
    **more: Any,
) -> None:
    work.put(known(work, event))
    heard = work.find(where(Settlement, registration_id=event.registration_id))
    if all(settlement.cause != cause for settlement in heard):
        work.put(
            Settlement(
                registration_id=event.registration_id,
                cause=cause,
                requested_at=requested_at,
                by=by,
                was=was,
                **more,
            )
        )
    review(work, event.registration_id)
