"""Rows of refunds: one an attempt, counted on the payment that it comes out of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.billing.commands.parts import LOST
from services.billing.commands.saying import about, payer_of
from services.billing.domain.states import PENDING
from services.billing.models import Payment, Refund, Registration
from shared.contracts.billing import OfMoney, Payer, RefundRequested
from shared.money import Money
from shared.runtime.rows import replace
from shared.runtime.work import Work

DUE = "submit_refund"
AT_ONCE = timedelta(0)
SURE = timedelta(minutes=10)  # after that a call whose answer was lost has done what it does
HELD_BACK = timedelta(days=1)  # what it waits for wakes it, or holds it back once more
BESIDE = "beside"  # the failure of one under way while another, made in the dashboard, waits for it
ONLY_LOOK = frozenset({BESIDE, LOST})
OTHERS = "others"  # the failure of one that failed while what left too little for it is looked up


@dataclass(frozen=True)
class Attempt:
    """What is to be given back, to whom; `replaces` where an attempt before it failed."""

    registration_id: str
    amount_minor: int
    cause: str
    at: datetime
    reason: str = ""
    requested_by: str = ""
    replaces: Refund | None = None
    after: timedelta = AT_ONCE


def add_attempt(work: Work, payment: Payment, wanted: Attempt) -> Refund:
    """The next attempt out of this payment, planned and said; the caller books the debt."""
    refund = next_attempt(work, payment, wanted)
    work.put(refund)
    work.plan_due(DUE, refund.refund_id, work.now + wanted.after)
    say(
        work,
        refund,
        RefundRequested,
        payment_id=refund.payment_id,
        cause=refund.cause,
        requested_at=refund.requested_at,
        replaces=refund.replaces,
    )
    return refund


def next_attempt(work: Work, payment: Payment, wanted: Attempt) -> Refund:
    """The row of the next attempt, not yet put; the payment knows of it."""
    number, before = payment.refunds + 1, wanted.replaces
    returned = payment.returned_minor + wanted.amount_minor
    work.put(replace(payment, returned_minor=returned, refunds=number))
    refund_id = f"refund:{payment.payment_id}:{number}"
    return Refund(
        refund_id=refund_id,
        payment_id=payment.payment_id,
        registration_id=wanted.registration_id,
        gateway=payment.gateway,
        tender=payment.tender,
        amount_minor=wanted.amount_minor,
        currency=payment.currency,
        state="requested",
        cause=wanted.cause,
        reason=wanted.reason,
        requested_by=wanted.requested_by,
        debt=before.debt if before else refund_id,
        replaces=before.refund_id if before else None,
        requested_at=wanted.at,
    )


def again(work: Work, payment: Payment, refund: Refund, after: timedelta = AT_ONCE) -> Refund:
    """The same debt once more, in a row and by a key of its own: a gateway repeats what it answered
    to a key it knows."""
    wanted = Attempt(
        refund.registration_id,
        refund.amount_minor,
        refund.cause,
        work.now,
        refund.reason,
        refund.requested_by,
        refund,
        after,
    )
    return add_attempt(work, payment, wanted)


def is_open(refund: Refund) -> bool:
    """Whether its outcome is still to come."""
    return refund.state in PENDING


def say(work: Work, refund: Refund, event: type[OfMoney], **facts: object) -> None:
    """A fact of this refund. A payment that was nobody's has no registration to tell of."""
    registration = work.get(Registration, refund.registration_id)
    if registration is None:
        return
    kind, payer = payer_of(registration)
    work.emit(
        event.model_validate(
            about(registration)
            | {
                "refund_id": refund.refund_id,
                "tender": refund.tender,
                "amount": Money(refund.amount_minor, refund.currency),
                "payer": Payer(kind=kind, id=payer),
            }
            | facts
        )
    )
