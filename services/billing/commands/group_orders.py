"""Groups: many registrations on one invoice, heard of one by one (domain.md §4).

The invoice's id follows from the group's, so that whoever is heard first, in whatever process,
numbers it, and each adds lines of its own. Until all who are on it were heard it is still being
made out: nobody is sent to pay it, and a payment for it is divided only then.
"""

from __future__ import annotations

from uuid import uuid5

from services.billing.commands.hints import look_at_payment
from services.billing.commands.take import is_incomplete
from services.billing.models import GroupOrder, Invoice, Payment
from shared.contracts.registration import RegistrationRequested
from shared.runtime.plans import Wanted
from shared.runtime.records import NAMESPACE
from shared.runtime.rows import replace, where
from shared.runtime.work import Work


def invoice_of(group_id: str) -> str:
    """The one invoice of a group."""
    return str(uuid5(NAMESPACE, f"invoice/{group_id}"))


def group_needs(event: RegistrationRequested) -> list[Wanted]:
    """The group, locked, the invoice that it guards, and what was paid for it too early."""
    if event.group_id is None:
        return []
    invoice_id = invoice_of(event.group_id)
    return [
        (GroupOrder, invoice_id),
        (Invoice, invoice_id),
        where(Payment, invoice_id=invoice_id),
    ]


def count(work: Work, event: RegistrationRequested) -> None:
    """One more of its group was heard of; who comes last has a payment that waited looked at."""
    assert event.group_id is not None
    invoice_id = invoice_of(event.group_id)
    known = work.get(GroupOrder, invoice_id)
    group = known or GroupOrder(
        invoice_id=invoice_id, group_id=event.group_id, size=event.group_size or 1, heard=0
    )
    work.put(replace(group, heard=group.heard + 1))
    if not is_incomplete(work.get(GroupOrder, invoice_id)):
        for payment in work.find(where(Payment, invoice_id=invoice_id)):
            look_at_payment(work, payment)
