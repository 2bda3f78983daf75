"""Reminders of employers' invoices, while something of them is open.

An invoice of one registration is reminded of by mail to whoever registered. An order of many has no
address: staff are asked to see to it as soon as it is overdue. After the last reminder staff see to
either.
"""

from __future__ import annotations

from datetime import datetime

from services.billing.commands.account import Account
from services.billing.commands.saying import about, ask_staff
from services.billing.commands.take import accounts_of, invoice_needs
from services.billing.domain.reminders import LAST, OVERDUE, level_at, next_at
from services.billing.models import Invoice
from shared.contracts.billing import InvoiceReminded
from shared.money import Money
from shared.runtime.due import Due
from shared.runtime.plans import Plan, needs
from shared.runtime.tasks import task_key
from shared.runtime.work import Work

REMIND = "remind_invoice"
SETTLED = "overdue_invoice_settled"
TASK = "invoice-overdue"


def plan_reminders(work: Work, invoice_id: str, due_at: datetime) -> None:
    """From the invoice on; at once where its time was over before it was heard of."""
    work.plan_due(REMIND, invoice_id, next_at(due_at, work.now) or work.now)


def look_if_settled(account: Account) -> None:
    """Nothing of its share is due any more: a task about the whole invoice may be done with."""
    invoice = account.invoice
    if invoice is None or invoice.method != "invoice" or invoice.due_at is None:
        return
    if level_at(invoice.due_at, account.work.now) >= OVERDUE:
        account.work.plan_due(SETTLED, invoice.invoice_id, account.work.now)


def _needs(due: Due) -> Plan:
    accounts = yield from invoice_needs(due.ref)
    return [*accounts, task_key(TASK, due.ref)]


@needs(_needs)
async def remind(work: Work, due: Due) -> None:
    """Say it, or ask staff, for the step that has come; nothing where all is paid or withdrawn."""
    owing = [account for account in accounts_of(work, due.ref) if _owes(account)]
    if not owing:
        return
    invoice = work.get(Invoice, due.ref)
    assert invoice is not None
    assert invoice.due_at is not None
    level = level_at(invoice.due_at, work.now)
    many = owing[0].registration.group_id is not None
    if not many:
        for account in owing:
            _say(account, invoice, level)
    if level >= (OVERDUE if many else LAST):
        ask_staff(
            work,
            TASK,
            due.ref,
            "An employer's invoice is overdue. Ask them to pay it, or cancel what they will not "
            "pay; note here what came by bank transfer.",
            invoice_id=due.ref,
            registration_id=owing[0].registration_id,
        )
    following = next_at(invoice.due_at, work.now)
    if following is not None:
        work.plan_due(REMIND, due.ref, following)


@needs(_needs)
async def close_overdue(work: Work, due: Due) -> None:
    """The task is done once no share of the invoice is due any more."""
    if not any(_owes(account) for account in accounts_of(work, due.ref)):
        work.close_task(TASK, due.ref, "nothing is due")


def _owes(account: Account) -> bool:
    return account.share.due > 0 and account.on_account


def _say(account: Account, invoice: Invoice, level: int) -> None:
    assert invoice.due_at is not None
    account.work.emit(
        InvoiceReminded(
            **about(account.registration),
            invoice_id=invoice.invoice_id,
            number=invoice.number,
            due=Money(account.share.due, invoice.currency),
            due_at=invoice.due_at,
            level=level,
            organisation=account.registration.organisation,
            reminded_at=account.work.now,
        )
    )
