"""Giving money back: one row an attempt, carried out at the gateway between two transactions.

The key `refund:{payment}:{n}` is the row's id and the gateway's idempotency key, so a call whose
outcome is not known is looked up, or made again with the same key (domain.md §2). A gateway forgets
keys: what may have been asked for days ago, before the database went back to its backup, is looked
for first (runtime.md §6).

What is in dispute waits: a payer who is given the money by the bank is not given it twice. What
came by a bank goes back by a bank, and so by a human.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.billing.commands.account import Account
from services.billing.commands.account_needs import account_needs
from services.billing.commands.attempt import (
    BESIDE,
    DUE,
    HELD_BACK,
    ONLY_LOOK,
    SURE,
    Attempt,
    add_attempt,
    is_open,
)
from services.billing.commands.parts import LOST
from services.billing.commands.refund_outcome import note_refund
from services.billing.commands.refund_tasks import BY_HAND, ask_by_hand, ask_if_stuck, tasks_of
from services.billing.domain.refund_retry import BANK_GATEWAY
from services.billing.domain.seen import RefundSeen, pause_after
from services.billing.domain.states import COUNTED, REFUND, may
from services.billing.models import (
    Dispute,
    DisputePart,
    Payment,
    PaymentPart,
    Refund,
    Registration,
)
from shared.errors import Conflict
from shared.runtime.due import Due
from shared.runtime.outside import Recorded
from shared.runtime.plans import Plan, Wanted, needs
from shared.runtime.rows import replace, where
from shared.runtime.tasks import task_key
from shared.runtime.work import Work

__all__ = ["DUE", "RefundCall", "note_refund", "record_refund", "request_refund", "submit_refund"]
KEYS_LIVE = timedelta(hours=20)  # Stripe may forget a key a day after it was used


@dataclass(frozen=True)
class RefundCall:
    """What the gateway is asked; `look_first` where it may have been asked before, `look_only`
    where it must not be asked now."""

    gateway: str
    key: str
    payment_id: str
    amount_minor: int
    currency: str
    reason: str
    look_first: bool
    look_only: bool = False


class DisputeIsOpen(Conflict):
    """Whoever the bank gives the money to is not given it twice."""

    slug = "dispute-open"

    def __init__(self) -> None:
        super().__init__("The payment is in dispute: wait until the bank has decided.")


def request_refund(
    account: Account,
    payment_id: str,
    amount: int,
    *,
    cause: str,
    at: datetime,
    reason: str = "",
    requested_by: str = "",
) -> Refund:
    """A refund of one payment; the caller books the debt.

    At most what is left: of the payment, whoever it was given back to, and of the registration's
    own part of it.
    """
    came = account.came_by(payment_id)
    payment, refunds = came.payment, account.refunds_of(payment_id)
    own = came.part.amount_minor - sum(r.amount_minor for r in refunds if r.state in COUNTED)
    left = min(own, payment.amount_minor - payment.returned_minor)
    if amount > left:
        raise ArithmeticError(f"{amount} of {left} left of {payment_id}")
    rid = account.registration_id
    return add_attempt(account.work, payment, Attempt(rid, amount, cause, at, reason, requested_by))


def _to_submit(due: Due) -> Plan:
    """The payment guards its disputes: whoever opens one holds it."""
    [refund] = yield [(Refund, due.ref)]
    if refund is None:
        return []
    found: list[Wanted] = [
        (Registration, refund.registration_id),
        (Refund, due.ref),
        (Payment, refund.payment_id),
        where(Dispute, payment_id=refund.payment_id),
    ]
    return [*found, task_key(BY_HAND, due.ref)]


@needs(_to_submit)
async def submit_refund(work: Work, due: Due) -> RefundCall | None:
    """Claim a refund for the gateway; nothing is left to do once it ended."""
    refund = work.get(Refund, due.ref)
    if refund is None or not is_open(refund):
        return None
    if refund.gateway == BANK_GATEWAY:
        ask_by_hand(work, refund)
        return None
    asked_before = due.attempts > 1 or refund.state != "requested"
    only_look = refund.failure in ONLY_LOOK and asked_before
    disputed = is_disputed(work, refund.payment_id)
    if disputed and not asked_before:
        work.plan_due(DUE, due.ref, work.now + HELD_BACK)
        return None
    work.put(
        replace(
            refund,
            state="submitted",
            failure=refund.failure if only_look else "",
            submitted_at=refund.submitted_at or work.now,
        )
    )
    return RefundCall(
        gateway=refund.gateway,
        key=refund.refund_id,
        payment_id=refund.payment_id,
        amount_minor=refund.amount_minor,
        currency=refund.currency,
        reason=refund.cause,
        look_first=asked_before or refund.failure == BESIDE or _may_be_out(refund, work.now),
        look_only=disputed or only_look,
    )


def _may_be_out(refund: Refund, now: datetime) -> bool:
    """Whether a life before the last backup may have asked for it, with a key forgotten by now: a
    later try is as new as the one before it is found again."""
    return refund.replaces is not None or now - refund.requested_at > KEYS_LIVE


def is_disputed(work: Work, payment_id: str) -> bool:
    """Whether the bank has yet to decide about it."""
    disputes = work.find(where(Dispute, payment_id=payment_id))
    return any(dispute.state == "open" for dispute in disputes)


def _of_recorded(recorded: Recorded) -> Plan:
    """With refunds beside it, all of its payment that are known here; others' are only read."""
    seen = recorded.result
    if isinstance(seen, RefundSeen) and seen.beside:
        [parts] = yield [where(PaymentPart, payment_id=seen.payment_id)]
        yield [where(Refund, registration_id=part.registration_id) for part in parts]
    return (yield from refund_needs(recorded.due.ref))


def refund_needs(refund_id: str) -> Plan:
    """A refund with its account, and whether its payment is, or was, in dispute."""
    [refund] = yield [(Refund, refund_id)]
    if refund is None:
        return []
    account = yield from account_needs(refund.registration_id)
    disputes = [
        where(Dispute, payment_id=refund.payment_id),
        where(DisputePart, registration_id=refund.registration_id),
    ]
    return [*account, (Refund, refund_id), *disputes, *tasks_of(refund)]


@needs(_of_recorded)
async def record_refund(work: Work, recorded: Recorded) -> None:
    """What the gateway answered: done, refused, still on its way, or not known."""
    refund = work.get(Refund, recorded.due.ref)
    if refund is None:
        return
    if recorded.error is None and recorded.result is None:  # looked for, not there, and held back
        _not_there(work, refund)
        return
    if recorded.error is None:
        note_refund(work, refund, recorded.result)
        return
    if may(REFUND, refund.state, "unknown"):
        work.put(replace(refund, state="unknown"))
    if is_open(refund):
        ask_if_stuck(work, refund)
    tries = recorded.due.version + 1
    pause = SURE if refund.failure in ONLY_LOOK else pause_after(tries)
    work.plan_due(DUE, refund.refund_id, work.now + pause, version=tries)


def _not_there(work: Work, refund: Refund) -> None:
    """Looked for, for it must not be made now: it was never made."""
    if refund.failure == LOST and is_open(refund):
        never = RefundSeen("", "failed", refund.payment_id, refund.amount_minor, refund.refund_id)
        note_refund(work, refund, never)
        return
    if refund.failure == BESIDE and is_open(refund):  # as if the gateway had not been asked
        work.put(replace(refund, state="requested", submitted_at=None))
    work.plan_due(DUE, refund.refund_id, work.now + HELD_BACK)
