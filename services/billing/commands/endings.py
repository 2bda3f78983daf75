"""How a registration ends, or loses a part: kept as it was said; then all is decided again.

Nothing is refused for coming late, early or twice: what is not known yet stands as a stub.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.billing.commands.account import Account
from services.billing.commands.account_needs import account_needs, accounts_need
from services.billing.commands.earn import earn
from services.billing.commands.facts import known
from services.billing.commands.reopen import reopen, reopens
from services.billing.commands.settle import review
from services.billing.models import HeldSession, Registration, Settlement
from shared.contracts.registration import (
    OfRegistration,
    RegistrationCancelled,
    RegistrationShareDue,
    RegistrationTransferred,
    RegistrationUnseated,
)
from shared.runtime.plans import Plan, needs
from shared.runtime.rows import replace, where
from shared.runtime.work import Work


def _account(event: OfRegistration) -> Plan:
    return account_needs(event.registration_id)


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
        **_as_asked(event),
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
        **_as_asked(event),
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


def _as_asked(event: RegistrationCancelled | RegistrationTransferred) -> dict[str, Any]:
    """The course as it stood when it was asked, and what was chosen."""
    return {
        "course_version_now": event.course_version,
        "starts_at_now": event.starts_at_now,
        "policy_now": event.policy_now,
        "policy_choice": event.policy_choice,
    }


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
