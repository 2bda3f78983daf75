"""Staff about a refund that did not go through: try it again, or say that they sent the money.

Either is a new attempt that replaces the one that failed; nothing is edited.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.billing.commands.attempt import DUE, Attempt, again, next_attempt
from services.billing.commands.books import close_books
from services.billing.commands.refund import DisputeIsOpen, is_disputed, refund_needs
from services.billing.commands.refund_outcome import settled
from services.billing.commands.refund_tasks import close_tasks
from services.billing.domain.refund_retry import BANK_GATEWAY
from services.billing.models import Payment, Refund, Registration
from shared.errors import Conflict, Invalid, NotFound
from shared.runtime.plans import Plan, needs
from shared.runtime.rows import replace, where
from shared.runtime.work import Work


@dataclass(frozen=True)
class Retry:
    """Staff ask for it to be tried again, the way it came; `reason` is for the audit."""

    refund_id: str
    staff: str
    reason: str = ""


@dataclass(frozen=True)
class SentByHand:
    """Staff sent the money: `tender` is transfer or cash, `reference` what the bank calls it;
    `reason` is for the audit."""

    refund_id: str
    tender: str
    reference: str
    paid_at: datetime | None
    staff: str
    reason: str = ""


class RefundNotOpen(Conflict):
    """It went through, is under way, or another attempt took its place."""

    slug = "refund-not-open"


def _needs(asked: Retry | SentByHand) -> Plan:
    return (yield from refund_needs(asked.refund_id))


@needs(_needs)
async def retry_refund(work: Work, asked: Retry) -> Refund:
    """The same amount once more, by a key of its own."""
    refund = _owed(work, asked.refund_id)
    if refund.gateway == BANK_GATEWAY:
        raise RefundNotOpen("What came by a bank goes back by a bank: settle it by hand.")
    made = again(work, _payment(work, refund), replace(refund, requested_by=asked.staff))
    close_tasks(work, refund, "tried again")
    work.audit("refund.retried", refund.refund_id, asked.reason)
    return made


@needs(_needs)
async def settle_by_hand(work: Work, sent: SentByHand) -> Refund:
    """The money went by a bank, or in cash: the debt is paid."""
    refund = _owed(work, sent.refund_id, by_bank=True)
    payment = work.get(Payment, refund.payment_id)
    paid_at = sent.paid_at or work.now
    if payment is None or not payment.paid_at <= paid_at <= work.now:
        raise Invalid("paid-at-invalid", "It was sent after it had been paid, and not after now.")
    if refund.state == "failed":
        made = next_attempt(
            work,
            _payment(work, refund),
            Attempt(
                refund.registration_id,
                refund.amount_minor,
                refund.cause,
                refund.requested_at,
                replaces=refund,
            ),
        )
    else:
        made = refund
    made = replace(
        made,
        gateway=BANK_GATEWAY,
        tender=sent.tender,
        state="succeeded",
        reference=sent.reference,
        requested_by=sent.staff,
        settled_at=paid_at,
    )
    work.put(made)
    work.drop_due(DUE, made.refund_id)
    settled(work, made)
    close_tasks(work, refund, "settled by hand")
    if work.get(Registration, made.registration_id) is not None:
        close_books(work, made.registration_id)
    why = f"{sent.reference}: {sent.reason}" if sent.reason else sent.reference
    work.audit("refund.settled-by-hand", made.refund_id, why)
    return made


def _owed(work: Work, refund_id: str, *, by_bank: bool = False) -> Refund:
    """A refund that failed and that nothing took the place of; or one that only a bank can make."""
    refund = work.get(Refund, refund_id)
    if refund is None:
        raise NotFound("refund-unknown", "There is no such refund.")
    others = work.find(where(Refund, registration_id=refund.registration_id))
    replaced = any(each.replaces == refund_id for each in others)
    waits = by_bank and refund.gateway == BANK_GATEWAY and refund.state == "requested"
    owed = refund.state == "failed" and refund.failure != "lost" and not replaced
    if not (owed or waits):
        raise RefundNotOpen("There is nothing to give back by this refund any more.")
    if is_disputed(work, refund.payment_id):
        raise DisputeIsOpen
    return refund


def _payment(work: Work, refund: Refund) -> Payment:
    payment = work.get(Payment, refund.payment_id)
    assert payment is not None
    if refund.amount_minor > payment.amount_minor - payment.returned_minor:
        raise RefundNotOpen("Nothing is left of that payment: it went back by another way.")
    return payment
