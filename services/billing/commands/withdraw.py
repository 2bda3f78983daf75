"""Withdrawing an invoice that will not be paid any more."""

from __future__ import annotations

from services.billing.commands.account import Account
from services.billing.commands.booking import book
from services.billing.commands.saying import about
from services.billing.domain.ledger import DEFERRED, RECEIVABLE, move
from services.billing.domain.states import INVOICE, may
from shared.contracts.billing import InvoiceVoided
from shared.money import Money
from shared.runtime.rows import replace


def withdraw(account: Account) -> None:
    """Void an invoice whose hold ended, or which was cancelled, before anything was paid on it."""
    invoice, registration = account.invoice, account.registration
    if invoice is None or account.on_account or not may(INVOICE, invoice.state, "void"):
        return
    if any(payment.applied_minor for payment in account.payments):
        return
    if account.ended_at is not None:
        void(account, "cancelled" if registration.expired_at is None else "hold-ended")
    elif registration.expired_at is not None:
        void(account, "hold-ended")


def void(account: Account, reason: str) -> None:
    """What it asked for is neither owed nor earned any more."""
    invoice, work = account.invoice, account.work
    assert invoice is not None
    work.put(replace(invoice, state="void", voided_at=work.now))
    lines = move(invoice.due_minor, debit=DEFERRED, credit=RECEIVABLE)
    ref, currency = invoice.invoice_id, invoice.currency
    book(work, account.registration_id, "invoice-voided", ref, lines, currency, work.now)
    work.emit(
        InvoiceVoided(
            **about(account.registration),
            invoice_id=invoice.invoice_id,
            number=invoice.number,
            total=Money(invoice.total_minor, currency),
            voided_at=work.now,
            reason=reason,
        )
    )
