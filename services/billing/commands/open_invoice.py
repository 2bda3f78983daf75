"""What becomes of a share of an open invoice: withdrawn, lowered, or paid at last (domain.md §2).

Cancelled on an employer's unpaid invoice, what is due is judged. Early: a credit note for what is
due less the fee, the fee stays due. Late: the invoice stays due, and the credit is issued when it
is paid, its year running from the cancellation.
"""

from __future__ import annotations

from datetime import datetime

from services.billing.commands.account import Account
from services.billing.commands.issue_credit import issue_credit
from services.billing.commands.posting import post
from services.billing.commands.saying import about
from services.billing.domain.decision import NewCredit
from services.billing.domain.ledger import DEFERRED, RECEIVABLE, REVENUE, move, settle
from services.billing.domain.share import CREDIT_NOTE, REINSTATED, WITHDRAWN
from services.billing.domain.states import INVOICE, may
from services.billing.models import InvoiceLine
from shared.contracts.billing import InvoiceVoided
from shared.money import Money
from shared.runtime.rows import replace


def lower_invoice(account: Account, amount: int, why: str) -> None:
    """A credit note: its share asks for that much less; a share of nothing is void."""
    if amount:
        add_line(account, CREDIT_NOTE, -amount, f"Credit note: {why}")
        if account.share.state == "void":
            _say_void(account, "cancelled")


def issue_waiting(account: Account) -> None:
    """Its share is paid at last: now the credit that waited for it is issued."""
    if account.share.state != "paid":
        return
    for settlement in account.settlements:
        if settlement.waiting_minor:
            terms = settlement.waiting_terms or {}
            new = NewCredit(settlement.waiting_minor, settlement.waiting_until, **terms)
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
    """Void a share whose hold ended, or which was cancelled, before anything was paid on it."""
    share, registration = account.share, account.registration
    if share.paid or account.on_account or not may(INVOICE, share.state, "void"):
        return
    if account.ended_at is not None:
        _void(account, "cancelled" if registration.expired_at is None else "hold-ended")
    elif registration.expired_at is not None:
        _void(account, "hold-ended")


def reinstate(account: Account, at: datetime) -> None:
    """What was withdrawn is owed again, for it is paid all the same."""
    withdrawn, invoice = account.share.withdrawn, account.invoice
    if not withdrawn or invoice is None:
        return
    add_line(account, REINSTATED, withdrawn)
    lines = move(withdrawn, debit=RECEIVABLE, credit=DEFERRED)
    rid, ref = account.registration_id, invoice.invoice_id
    post(account.work, rid, "invoice-reinstated", ref, lines, invoice.currency, at)


def _void(account: Account, reason: str) -> None:
    """What it asked for is neither owed nor earned any more."""
    work, amount = account.work, account.share.due
    add_line(account, WITHDRAWN, -amount)
    lines = move(amount, debit=DEFERRED, credit=RECEIVABLE)
    registration = account.registration
    ref, currency = str(registration.invoice_id), registration.currency
    post(work, account.registration_id, "invoice-voided", ref, lines, currency, work.now)
    _say_void(account, reason)


def _say_void(account: Account, reason: str) -> None:
    invoice = account.invoice
    assert invoice is not None
    account.work.emit(
        InvoiceVoided(
            **about(account.registration),
            invoice_id=invoice.invoice_id,
            number=invoice.number,
            total=Money(account.share.charged, invoice.currency),
            voided_at=account.work.now,
            reason=reason,
        )
    )


def add_line(account: Account, kind: str, amount: int, description: str = "") -> None:
    """A line more on its share; what stands there stays."""
    invoice, lines = account.invoice, account.lines
    assert invoice is not None
    account.work.put(
        InvoiceLine(
            invoice_id=invoice.invoice_id,
            registration_id=account.registration_id,
            line=len(lines) + 1,
            kind=kind,
            description=description,
            amount_minor=amount,
            at=account.work.now,
        )
    )
