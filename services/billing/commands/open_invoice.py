"""What becomes of a share of an open invoice: withdrawn, lowered, or paid at last (domain.md §2).

Cancelled on an employer's unpaid invoice, what is due is judged. Early: a credit note for what is
due less the fee, the fee stays due. Late: the invoice stays due, and the credit is issued when it
is paid, its year running from the cancellation. Whatever else ends is not asked for any more, also
where a part of it was paid.
"""

from __future__ import annotations

from datetime import datetime

from services.billing.commands.account import ENDS, Account
from services.billing.commands.issue_credit import issue_credit
from services.billing.commands.keep_state import keep_state
from services.billing.commands.posting import post
from services.billing.commands.saying import about
from services.billing.domain.decision import NewCredit
from services.billing.domain.ledger import (
    DEFERRED,
    DISPUTES,
    RECEIVABLE,
    REVENUE,
    move,
    settle,
)
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
    """Ask no more for a share whose hold ended, or which was cancelled: it is void where nothing
    was paid on it, else what is still due is noted as not due.

    After the end of a hold the rest may still come, for as long as what was paid is here; and what
    is moved here comes, though the end is heard of first.
    """
    share, ended = account.share, account.ended_at is not None
    expired = account.registration.expired_at is not None
    if account.on_account or not (ended or expired) or not may(INVOICE, share.state, "void"):
        return
    if account.awaits_value:
        return
    if not share.paid:
        _void(account, "hold-ended" if expired else "cancelled")
    elif ended or _is_nothing_here(account):
        _note_rest(account)
    keep_state(account)


def _is_nothing_here(account: Account) -> bool:
    """Whether all that was paid was given back, or is lost; a bank that holds it may still say."""
    return not account.paid_parts() and not account.balances().get(DISPUTES, 0)


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
    """As if it had never been charged."""
    registration, amount = account.registration, account.share.due
    add_line(account, WITHDRAWN, -amount)
    _book_not_due(account, "invoice-voided", str(registration.invoice_id), amount)
    _say_void(account, reason)


def _note_rest(account: Account) -> None:
    """A credit note for what was never paid of an invoice that stands: together with that for what
    is given back it leaves what is kept. What is paid on it later goes back."""
    cause = next((each.cause for each in account.settlements if each.cause in ENDS), "goodwill")
    amount = account.share.due
    add_line(account, CREDIT_NOTE, -amount, "Credit note: the rest is not asked for any more")
    _book_not_due(account, cause, str(account.registration.invoice_id), amount)


def _book_not_due(account: Account, kind: str, ref: str, amount: int) -> None:
    """It is neither owed nor, where sessions were held meanwhile, earned any more."""
    owed, work = account.balances(), account.work
    deferred, earned = -owed.get(DEFERRED, 0), -owed.get(REVENUE, 0)
    lines = settle(deferred=deferred, earned=earned, not_due=amount)
    currency = account.registration.currency
    post(work, account.registration_id, kind, ref, lines, currency, work.now)


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
