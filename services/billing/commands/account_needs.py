"""What one reads and locks to decide about the money of registrations."""

from __future__ import annotations

from collections.abc import Sequence

from services.billing.models import (
    Course,
    Credit,
    CreditEntry,
    Invoice,
    InvoiceLine,
    LedgerEntry,
    Payment,
    PaymentPart,
    Refund,
    Registration,
    Settlement,
    Terms,
)
from shared.runtime.plans import Plan, Wanted
from shared.runtime.rows import where
from shared.runtime.tasks import task_key

UNDECIDED = "cancellation-undecided"  # the task of a cancellation that the policy leaves open
TRANSFER_UNPAID = "transfer-unpaid"  # the task of a seat that was moved with less than it costs


def account_needs(registration_id: str) -> Plan:
    """Everything of one registration, locked."""
    return (yield from accounts_need([registration_id]))


def accounts_need(ids: Sequence[str]) -> Plan:
    """Everything of these registrations, locked; their courses and invoices only read.

    The payments of an invoice are locked by whoever has a share in it, so that together no more is
    given back than came. With one that was moved to another course comes the other: what is heard
    of the one may be worth something to the other.
    """
    wanted: list[Wanted] = []
    seen: set[str] = set()
    todo = list(ids)
    while todo:
        found = yield [
            *[(Registration, registration_id) for registration_id in todo],
            *[where(CreditEntry, registration_id=registration_id) for registration_id in todo],
            *[where(PaymentPart, registration_id=registration_id) for registration_id in todo],
        ]
        known = [registration for registration in found[: len(todo)] if registration is not None]
        rows = [row for answer in found[len(todo) :] for row in answer]
        wanted += yield from _accounts(todo, known, rows)
        seen |= set(todo)
        todo = [row.transferred_to for row in known if row.transferred_to not in {None, *seen}]
    return wanted


def _accounts(
    ids: Sequence[str],
    known: Sequence[Registration],
    rows: Sequence[CreditEntry | PaymentPart],
) -> Plan:
    spent = {row.credit_id for row in rows if isinstance(row, CreditEntry)}
    paid = {row.payment_id for row in rows if isinstance(row, PaymentPart)}
    invoices = {registration.invoice_id for registration in known} - {None}
    yield [
        *[(Course, course_id) for course_id in {registration.course_id for registration in known}],
        *[(Invoice, invoice_id) for invoice_id in invoices],
        *[where(InvoiceLine, registration_id=registration_id) for registration_id in ids],
    ]
    return [
        *[where(Payment, invoice_id=invoice_id) for invoice_id in invoices],
        *[(Payment, payment_id) for payment_id in paid],
        *[(Credit, credit_id) for credit_id in spent],
        *[where(CreditEntry, credit_id=credit_id) for credit_id in spent],
        *[wanted for registration_id in ids for wanted in _of_one(registration_id)],
    ]


def _of_one(registration_id: str) -> list[Wanted]:
    return [
        (Registration, registration_id),
        (Terms, registration_id),
        where(PaymentPart, registration_id=registration_id),
        where(Settlement, registration_id=registration_id),
        where(Refund, registration_id=registration_id),
        where(CreditEntry, registration_id=registration_id),
        where(LedgerEntry, registration_id=registration_id),
        task_key(UNDECIDED, registration_id),
        task_key(TRANSFER_UNPAID, registration_id),
    ]
