"""Cancelled on an employer's unpaid invoice: judged on what is due (domain.md §2).

Early: a credit note for what is due less the fee, the fee stays due. Late: the invoice stays due,
and the credit is issued when it is paid, its year running from the cancellation.
"""

from __future__ import annotations

from services.billing.commands.account import Account
from services.billing.commands.booking import book
from services.billing.commands.credit import issue_credit
from services.billing.commands.withdraw import void
from services.billing.domain import ledger
from services.billing.domain.decision import NewCredit
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
            lines = ledger.settle(
                deferred=-owed.get(ledger.DEFERRED, 0),
                earned=-owed.get(ledger.REVENUE, 0),
                credited=new.amount,
            )
            rid, currency = account.registration_id, account.registration.currency
            at = account.work.now
            book(account.work, rid, "credit-issued", settlement.cause, lines, currency, at)
            issue_credit(account, new, settlement.requested_at)
