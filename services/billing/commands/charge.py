"""What one registration is charged on its invoice, less what another brings that is moved to it."""

from __future__ import annotations

from services.billing.commands.move_value import HERE
from services.billing.commands.posting import post
from services.billing.domain.ledger import DEFERRED, RECEIVABLE, move
from services.billing.domain.share import TRANSFER
from services.billing.models import Invoice, InvoiceLine
from shared.contracts.billing import InvoiceIssued, Line
from shared.contracts.registration import RegistrationRequested
from shared.money import Money
from shared.runtime.rows import build
from shared.runtime.work import Work


def charge(work: Work, event: RegistrationRequested, invoice: Invoice) -> None:
    """The lines of one registration on its invoice: booked, and said."""
    registration_id, invoice_id = event.registration_id, invoice.invoice_id
    total, at = event.price, invoice.issued_at
    line = {
        "invoice_id": invoice_id,
        "registration_id": registration_id,
        "line": 1,
        "kind": "course",
        "description": _description(event),
        "amount_minor": total.amount,
        "at": at,
    }
    work.put(build(InvoiceLine, line))
    expected = _expected(event)
    if expected:
        less = line | {"line": 2, "kind": TRANSFER, "description": HERE, "amount_minor": -expected}
        work.put(build(InvoiceLine, less))
    due = Money(total.amount - expected, total.currency)
    lines = move(due.amount, debit=RECEIVABLE, credit=DEFERRED)
    post(work, registration_id, "invoice-issued", invoice_id, lines, total.currency, at)
    work.emit(
        InvoiceIssued(
            registration_id=registration_id,
            course_id=event.course_id,
            person_id=event.person_id,
            invoice_id=invoice_id,
            number=invoice.number,
            lines=(
                Line(description=_description(event), amount=total),
                *([Line(description=HERE, amount=due - total, kind=TRANSFER)] if expected else []),
            ),
            total=total,
            due=due,
            issued_at=at,
            due_at=invoice.due_at,
            payment_method=event.payment_method,
            organisation=event.organisation,
            group_id=event.group_id,
        )
    )


def _description(event: RegistrationRequested) -> str:
    """What is charged: the course, and by which of its prices."""
    return ", ".join(filter(None, (event.course_title, event.price_label)))[:2_000]


def _expected(event: RegistrationRequested) -> int:
    """What the registration that is moved here was charged: so much of the price it pays.

    It may bring less, where something was given back; then the rest is asked for.
    """
    if event.transferred_from is None or event.transferred_price is None:
        return 0
    return max(0, min(event.price.amount, event.transferred_price.amount))
