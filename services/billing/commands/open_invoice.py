"""What becomes of an open invoice: withdrawn, lowered, or paid at last (domain.md §2).

Cancelled on an employer's unpaid invoice, what is due is judged. Early: a credit note for what is
due less the fee, the fee stays due. Late: the invoice stays due, and the credit is issued when it
is paid, its year running from the cancellation.
"""

from __future__ import annotations

from services.billing.commands.account import Account
from services.billing.commands.credit import issue_credit
from services.billing.commands.posting import post
from services.billing.commands.saying import about
from services.billing.domain.decision import NewCredit
from services.billing.domain.ledger import DEFERRED, RECEIVABLE, REVENUE, move, settle
from services.billing.domain.states import INVOICE, may
from shared.contracts.billing import InvoiceVoided
from shared.money import Money
from shared.runtime.rows import replace


def lower_invoice(account: Account, amount: int) -> None:
    """The invoice asks for that much less; if nothing is left to ask for, it is withdrawn."""
    invoice = account.invoice
    if not amount or invoice is None:
        return
    account.work.put(replace(invoice, due_minor=invoice.due_minor - amount))
    if account.still_due() == 0 and not any(p.applied_minor for p in account.payments):
        void(account, "cancelled")


def issue_waiting(account: Account) -> None:
    """The invoice is paid at last: now the credit that waited for it is issued."""
    invoice = account.invoice
    if invoice is None or invoice.state != "paid":
        return
    for settlement in account.settlements:
        if settlement.waiting_minor:
            new = NewCredit(settlement.waiting_minor, settlement.waiting_until)
            account.work.put(replace(settlement, waiting_minor=0))
            owed = account.balances()
            lines = settle(
                deferred=-owed.get(DEFERRED, 0),
                earned=-owed.get(REVENUE, 0),
                credited=new.amount,
            )
            rid, currency = account.registration_id, account.registration.currency
            at = account.work.now
            post(account.work, rid, "credit-issued", settlement.cause, lines, currency, at)
            issue_credit(account, new, settlement.requested_at)


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
    post(work, account.registration_id, "invoice-voided", ref, lines, currency, work.now)
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
