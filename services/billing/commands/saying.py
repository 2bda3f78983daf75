"""What several verbs say: the ids every money fact carries, and tasks for staff."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from services.billing.models import Credit, Registration
from shared.contracts.billing import Holder
from shared.money import Money
from shared.runtime.work import Work

STAFF_WITHIN = timedelta(days=7)


def about(registration: Registration) -> dict[str, Any]:
    """The ids that every fact about a registration's money carries."""
    return {
        "registration_id": registration.registration_id,
        "course_id": registration.course_id,
        "person_id": registration.person_id,
    }


def of_credit(credit: Credit, amount: int) -> dict[str, Any]:
    """What every fact about a credit carries: so much of it moved, in minor units, and so it stands
    since. Whose registration it is about, the caller adds."""
    return {
        "credit_id": credit.credit_id,
        "holder": Holder(kind=credit.holder_kind, id=credit.holder_id),
        "amount": Money(amount, credit.currency),
        "balance": Money(credit.balance_minor, credit.currency),
        "expires_on": credit.expires_on,
    }


def payer_of(registration: Registration) -> tuple[str, str]:
    """Whoever paid, as kind and id: the organisation that ordered, else the person at purchase."""
    ordered = registration.payment_method == "invoice" or registration.group_id is not None
    if ordered and registration.organisation:
        return "organisation", registration.organisation
    return "person", registration.payer_id


def ask_staff(work: Work, kind: str, ref: str, what: str, **ids: str) -> None:
    """A task, naming things by id only; its key (`task_key(kind, ref)`) must have been planned."""
    work.open_task(kind, ref, what, ids, due_at=work.now + STAFF_WITHIN)
