"""A payment that belongs to no invoice here goes back, once staff have said so.

It is in the books by itself, under an account of its own (`payment:{id}`): it came, it is owed, and
it goes back by a refund as any other, tried again and settled by hand where need be. Nobody is
told, for nobody is known.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.billing.commands.attempt import Attempt, add_attempt
from services.billing.commands.parts import SURPLUS
from services.billing.commands.payment import UNKNOWN
from services.billing.commands.posting import post
from services.billing.domain.ledger import RECEIVABLE, REFUNDS, cash_of, move
from services.billing.models import Payment, PaymentPart, Refund, Registration
from shared.errors import Conflict, NotFound
from shared.runtime.plans import Wanted, needs
from shared.runtime.rows import where
from shared.runtime.tasks import task_key
from shared.runtime.work import Work


@dataclass(frozen=True)
class GiveItBack:
    """Staff found that it is nobody's here."""

    payment_id: str
    reason: str
    staff: str


class PaymentInUse(Conflict):
    """It belongs to an invoice: what is given back of it is a refund of a registration."""

    slug = "payment-in-use"


def _needs(asked: GiveItBack) -> list[Wanted]:
    return [
        (Registration, _account_of(asked.payment_id)),  # there is none: it is told of to nobody
        (Payment, asked.payment_id),
        where(PaymentPart, payment_id=asked.payment_id),
        task_key(UNKNOWN, asked.payment_id),
    ]


@needs(_needs)
async def give_nobodys_back(work: Work, asked: GiveItBack) -> Refund:
    """All of it, to where it came from."""
    payment = work.get(Payment, asked.payment_id)
    if payment is None or payment.state != "succeeded":
        raise NotFound("payment-unknown", "There is no such payment, or nothing was paid by it.")
    if work.find(where(PaymentPart, payment_id=asked.payment_id)):
        raise PaymentInUse("This payment is somebody's, or has been given back already.")
    account, amount = _account_of(payment.payment_id), payment.amount_minor
    work.put(
        PaymentPart(
            payment_id=payment.payment_id,
            registration_id=account,
            invoice_id=payment.invoice_id,
            amount_minor=amount,
            applied_minor=0,
        )
    )
    for kind, lines in (
        ("captured", move(amount, debit=cash_of(payment.gateway), credit=RECEIVABLE)),
        ("payment-not-due", move(amount, debit=RECEIVABLE, credit=REFUNDS)),
    ):
        at = payment.paid_at if kind == "captured" else work.now
        post(work, account, kind, payment.payment_id, lines, payment.currency, at)
    refund = add_attempt(
        work,
        payment,
        Attempt(account, amount, SURPLUS, work.now, asked.reason, asked.staff),
    )
    work.close_task(UNKNOWN, payment.payment_id, "given back")
    work.audit("payment.given-back", payment.payment_id, asked.reason)
    return refund


def _account_of(payment_id: str) -> str:
    return f"payment:{payment_id}"
