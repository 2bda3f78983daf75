"""Recording what the gateway says of a payment: cash is booked, then all is decided again."""

from __future__ import annotations

from datetime import datetime

from services.billing.commands.posting import post
from services.billing.commands.saying import about, ask_staff
from services.billing.commands.settle import review
from services.billing.domain.ledger import CASH, RECEIVABLE, move
from services.billing.domain.seen import PaymentSeen
from services.billing.models import Payment, Registration
from shared.contracts.billing import PaymentFailed
from shared.contracts.event import slug_of
from shared.money import Money
from shared.runtime.rows import replace
from shared.runtime.work import Work

UNKNOWN = "payment-unknown"  # the task


def record_payment(work: Work, gateway: str, seen: PaymentSeen, *, heard_at: datetime) -> None:
    """Once a payment and state, however often and in whatever order it is heard of."""
    known = work.get(Payment, seen.payment_id)
    if seen.status == "pending" or (known is not None and known.state != "failed"):
        return
    if known is not None and seen.status == "failed":
        return
    registration = work.get(Registration, seen.reference)
    payment = Payment(
        payment_id=seen.payment_id,
        registration_id=seen.reference,
        gateway=gateway,
        tender="card",
        amount_minor=seen.amount_minor,
        currency=seen.currency,
        state=seen.status,
        paid_at=min(seen.created_at, heard_at) if seen.created_at else heard_at,
        reason=seen.reason,
    )
    work.put(replace(known, **_changed(payment)) if known else payment)
    if registration is None:
        what = "The gateway has a payment that belongs to no registration here. Find out whose."
        ask_staff(work, UNKNOWN, seen.payment_id, what, payment_id=seen.payment_id)
    elif seen.status == "failed":
        _declined(work, registration, payment, seen)
    else:
        lines = move(payment.amount_minor, debit=CASH, credit=RECEIVABLE)
        rid, currency = registration.registration_id, payment.currency
        post(work, rid, "captured", payment.payment_id, lines, currency, payment.paid_at)
        review(work, rid)


def _changed(payment: Payment) -> dict[str, object]:
    return {"state": payment.state, "paid_at": payment.paid_at, "reason": payment.reason}


def _declined(work: Work, registration: Registration, payment: Payment, seen: PaymentSeen) -> None:
    work.emit(
        PaymentFailed(
            **about(registration),
            invoice_id=registration.invoice_id or registration.registration_id,
            payment_id=payment.payment_id,
            amount=Money(payment.amount_minor, payment.currency),
            reason=slug_of(seen.reason, "gateway-refused"),
            failed_at=payment.paid_at,
        )
    )
