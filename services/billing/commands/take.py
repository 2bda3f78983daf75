"""Taking a payment: to the invoice as far as that asks for it, the rest goes back."""

from __future__ import annotations

from services.billing.commands.account import Account
from services.billing.commands.parts import SURPLUS
from services.billing.commands.posting import post
from services.billing.commands.refund import request_refund
from services.billing.commands.saying import about
from services.billing.domain.ledger import DEFERRED, RECEIVABLE, REFUNDS, move
from services.billing.domain.states import INVOICE, may
from services.billing.models import Invoice, Payment
from shared.contracts.billing import InvoicePaid, Line, Tender
from shared.money import Money
from shared.runtime.rows import replace


def take_payment(account: Account, payment: Payment) -> None:
    """A payment goes to the invoice as far as that asks for it; the rest goes back."""
    invoice = account.invoice
    wanted = 0
    if invoice is not None and invoice.state != "paid" and _still_wanted(account, payment):
        before = sum(other.applied_minor for other in account.payments)
        wanted = max(0, invoice.due_minor - before)
    applied = min(payment.amount_minor, wanted)
    taken = replace(payment, applied_minor=applied, taken=True)
    account.work.put(taken)
    if invoice is not None and applied:
        _apply(account, invoice, taken, complete=applied == wanted)
    if applied < payment.amount_minor:
        _give_back(account, taken, payment.amount_minor - applied)


def _still_wanted(account: Account, payment: Payment) -> bool:
    """Whether it was paid before the registration ended, or is a debt that outlives it."""
    if payment.currency != account.registration.currency:
        return False
    ended = account.ended_at
    return ended is None or payment.paid_at < ended or account.on_account


def _apply(account: Account, invoice: Invoice, payment: Payment, *, complete: bool) -> None:
    if invoice.state == "void":  # withdrawn when the hold ended: what it asked for is owed again
        lines = move(invoice.due_minor, debit=RECEIVABLE, credit=DEFERRED)
        _post(account, "invoice-reinstated", invoice.invoice_id, lines, payment)
    if not complete or not may(INVOICE, invoice.state, "paid"):
        return
    account.work.put(replace(invoice, state="paid", paid_at=payment.paid_at, voided_at=None))
    total = Money(invoice.total_minor, invoice.currency)
    account.work.emit(
        InvoicePaid(
            **about(account.registration),
            invoice_id=invoice.invoice_id,
            number=invoice.number,
            lines=(Line(description=invoice.description, amount=total),),
            total=total,
            tenders=tuple(_tenders(account)),
            organisation=account.registration.organisation,
            paid_at=payment.paid_at,
        )
    )


def _tenders(account: Account) -> list[Tender]:
    currency = account.registration.currency
    return [
        Tender(
            tender=part.tender,
            amount=Money(part.amount, currency),
            payment_id=None if part.tender == "credit" else part.ref,
            credit_id=part.ref if part.tender == "credit" else None,
            credit_expires_on=part.credit_expires_on,
        )
        for part in account.paid_parts()
    ]


def _give_back(account: Account, payment: Payment, amount: int) -> None:
    """Paid twice, or after the end: the very payment goes back, nothing else changes."""
    lines = move(amount, debit=RECEIVABLE, credit=REFUNDS)
    _post(account, "payment-not-due", payment.payment_id, lines, payment)
    request_refund(account, payment, amount, cause=SURPLUS, at=payment.paid_at)


def _post(
    account: Account, kind: str, ref: str, lines: tuple[tuple[str, int], ...], payment: Payment
) -> None:
    post(
        account.work,
        account.registration_id,
        kind,
        ref,
        lines,
        payment.currency,
        payment.paid_at,
    )
