"""Recording what the gateway says of a payment: it is divided, then all is decided again."""

from __future__ import annotations

from datetime import datetime

from services.billing.commands.account import Account
from services.billing.commands.saying import about, ask_staff
from services.billing.commands.settle import review
from services.billing.commands.take import (
    accounts_of,
    invoice_needs,
    is_incomplete,
    parts_of,
    take_payment,
)
from services.billing.domain.seen import PaymentSeen
from services.billing.models import GroupOrder, Payment, PaymentPart
from shared.contracts.billing import PaymentFailed
from shared.contracts.event import slug_of
from shared.money import Money
from shared.runtime.plans import Plan
from shared.runtime.rows import replace, where
from shared.runtime.tasks import task_key
from shared.runtime.work import Work

UNKNOWN = "payment-unknown"  # the task


def payment_needs(seen: PaymentSeen) -> Plan:
    """The payment, with the accounts of all who have a share in its invoice."""
    accounts = yield from invoice_needs(seen.reference)
    return [
        *accounts,
        (Payment, seen.payment_id),
        where(PaymentPart, payment_id=seen.payment_id),
        task_key(UNKNOWN, seen.payment_id),
    ]


async def record_payment(
    work: Work,
    gateway: str,
    seen: PaymentSeen,
    *,
    heard_at: datetime,
    tender: str = "card",
    reference: str = "",
) -> bool:
    """Once a payment and state, however often and in whatever order it is heard of.

    False where there is no such invoice, or not yet, or not all who are on it were heard of: then
    a human is asked, whom the next look may need no more.
    """
    known = work.get(Payment, seen.payment_id)
    if seen.status == "pending" or not _news(work, known, seen):
        return True
    payment = _payment(known, gateway, seen, heard_at, tender, reference)
    work.put(payment)
    unready = is_incomplete(work.get(GroupOrder, seen.reference))
    accounts = [] if unready else accounts_of(work, seen.reference)
    if not accounts:
        what = "The gateway has a payment that belongs to no invoice here. Find out whose."
        ask_staff(work, UNKNOWN, seen.payment_id, what, payment_id=seen.payment_id)
        return False
    work.close_task(UNKNOWN, seen.payment_id, "found")
    if seen.status == "failed":
        _declined(accounts, payment)
    else:
        async for account in work.unhurried(await take_payment(work, accounts, payment)):
            review(work, account.registration_id)
    return True


def _news(work: Work, known: Payment | None, seen: PaymentSeen) -> bool:
    """A payment is divided once; a failed one may still succeed, and never the other way."""
    if known is None:
        return True
    divided = work.find(where(PaymentPart, payment_id=seen.payment_id))
    return seen.status == "succeeded" and not divided


def _payment(
    known: Payment | None,
    gateway: str,
    seen: PaymentSeen,
    heard_at: datetime,
    tender: str,
    reference: str,
) -> Payment:
    if known is not None and known.state == "succeeded":
        return known
    paid_at = min(seen.created_at, heard_at) if seen.created_at else heard_at
    if known is not None:
        return replace(known, state=seen.status, paid_at=paid_at, reason=seen.reason)
    return Payment(
        payment_id=seen.payment_id,
        invoice_id=seen.reference,
        gateway=gateway,
        tender=tender,
        amount_minor=seen.amount_minor,
        currency=seen.currency,
        state=seen.status,
        paid_at=paid_at,
        reason=seen.reason,
        reference=reference,
    )


def _declined(accounts: list[Account], payment: Payment) -> None:
    """Said to each whose share it would have paid."""
    for account, amount, _ in parts_of(accounts, payment):
        account.work.emit(
            PaymentFailed(
                **about(account.registration),
                invoice_id=payment.invoice_id,
                payment_id=payment.payment_id,
                amount=Money(amount, payment.currency),
                reason=slug_of(payment.reason, "gateway-refused"),
                failed_at=payment.paid_at,
            )
        )
