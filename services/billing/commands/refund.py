"""Giving money back: one row an attempt, carried out at the gateway between two transactions.

The key `refund:{payment}:{n}` is the row's id and the gateway's idempotency key, so a call whose
outcome is not known is looked up, or made again with the same key (domain.md §2).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.billing.commands.account import Account
from services.billing.commands.account_needs import account_needs
from services.billing.commands.posting import post
from services.billing.commands.saying import about, ask_staff
from services.billing.domain.ledger import REFUNDS, cash_of, move
from services.billing.domain.seen import RefundSeen, pause_after
from services.billing.domain.states import COUNTED, PENDING, REFUND, may
from services.billing.models import Refund, Registration
from shared.contracts.billing import RefundFailed, RefundRequested, RefundSettled
from shared.contracts.event import slug_of
from shared.money import Money
from shared.runtime.due import Due
from shared.runtime.outside import Recorded
from shared.runtime.plans import Plan, needs
from shared.runtime.rows import replace
from shared.runtime.tasks import task_key
from shared.runtime.work import Work

DUE = "submit_refund"
FAILED = "refund-failed"  # the task
_SLOW = timedelta(hours=6)  # between looks at a refund that the bank takes its time with


@dataclass(frozen=True)
class RefundCall:
    """What the gateway is asked; `look_first` where it may have been asked before."""

    gateway: str
    key: str
    payment_id: str
    amount_minor: int
    currency: str
    reason: str
    look_first: bool


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
    payment = replace(
        payment, returned_minor=payment.returned_minor + amount, refunds=payment.refunds + 1
    )
    account.work.put(payment)
    refund = Refund(
        refund_id=f"refund:{payment_id}:{payment.refunds}",
        payment_id=payment_id,
        registration_id=account.registration_id,
        gateway=payment.gateway,
        tender=payment.tender,
        amount_minor=amount,
        currency=payment.currency,
        state="requested",
        cause=cause,
        reason=reason,
        requested_by=requested_by,
        debt=f"refund:{payment_id}:{payment.refunds}",
        requested_at=at,
    )
    account.work.put(refund)
    account.work.plan_due(DUE, refund.refund_id, account.work.now)
    account.work.emit(
        RefundRequested(
            **about(account.registration),
            refund_id=refund.refund_id,
            payment_id=payment_id,
            tender=payment.tender,
            amount=Money(amount, payment.currency),
            cause=cause,
            requested_at=at,
        )
    )
    return refund


@needs(lambda due: [(Refund, due.ref)])
async def submit_refund(work: Work, due: Due) -> RefundCall | None:
    """Claim a refund for the gateway; nothing is left to do once it ended."""
    refund = work.get(Refund, due.ref)
    if refund is None or refund.state not in PENDING:
        return None
    asked_before = due.attempts > 1 or refund.state != "requested"
    work.put(replace(refund, state="submitted"))
    return RefundCall(
        gateway=refund.gateway,
        key=refund.refund_id,
        payment_id=refund.payment_id,
        amount_minor=refund.amount_minor,
        currency=refund.currency,
        reason=refund.cause,
        look_first=asked_before,
    )


def _of_recorded(recorded: Recorded) -> Plan:
    return refund_needs(recorded.due.ref)


def refund_needs(refund_id: str) -> Plan:
    """A refund with its account."""
    [refund] = yield [(Refund, refund_id)]
    if refund is None:
        return []
    account = yield from account_needs(refund.registration_id)
    return [*account, (Refund, refund_id), task_key(FAILED, refund_id)]


@needs(_of_recorded)
async def record_refund(work: Work, recorded: Recorded) -> None:
    """What the gateway answered: done, refused, still on its way, or not known."""
    refund = work.get(Refund, recorded.due.ref)
    if refund is None:
        return
    if recorded.error is None:
        note_refund(work, refund, recorded.result)
        return
    if may(REFUND, refund.state, "unknown"):
        work.put(replace(refund, state="unknown"))
    tries = recorded.due.version + 1
    work.plan_due(DUE, refund.refund_id, work.now + pause_after(tries), version=tries)


def note_refund(work: Work, refund: Refund, seen: RefundSeen) -> None:
    """The gateway's word on a refund, however it reached us and however often."""
    if seen.status == "pending":
        if refund.state in PENDING:
            work.put(replace(refund, state="submitted", gateway_ref=seen.refund_id))
            work.plan_due(DUE, refund.refund_id, work.now + _SLOW)
        return
    if not may(REFUND, refund.state, seen.status):
        return
    undone = refund.state == "succeeded"
    work.put(replace(refund, state=seen.status, gateway_ref=seen.refund_id, settled_at=work.now))
    work.drop_due(DUE, refund.refund_id)
    if seen.status == "succeeded":
        _settled(work, refund)
    else:
        _failed(work, refund, seen.reason, undone=undone)


def _settled(work: Work, refund: Refund) -> None:
    _post(
        work,
        refund,
        "refund-settled",
        move(refund.amount_minor, debit=REFUNDS, credit=cash_of(refund.gateway)),
    )
    work.emit(
        RefundSettled(
            **about(_registration(work, refund)),
            refund_id=refund.refund_id,
            tender=refund.tender,
            amount=Money(refund.amount_minor, refund.currency),
            settled_at=work.now,
        )
    )


def _failed(work: Work, refund: Refund, reason: str, *, undone: bool) -> None:
    """The debt is open again; a human finds another way to pay it."""
    payment = Account(work, refund.registration_id).came_by(refund.payment_id).payment
    work.put(replace(payment, returned_minor=payment.returned_minor - refund.amount_minor))
    if undone:
        back = move(refund.amount_minor, debit=cash_of(refund.gateway), credit=REFUNDS)
        _post(work, refund, "refund-returned", back)
    amount = Money(refund.amount_minor, refund.currency)
    work.emit(
        RefundFailed(
            **about(_registration(work, refund)),
            refund_id=refund.refund_id,
            tender=refund.tender,
            amount=amount,
            reason=slug_of(reason, "gateway-refused"),
            failed_at=work.now,
        )
    )
    ask_staff(
        work,
        FAILED,
        refund.refund_id,
        f"The gateway could not give {amount} back. Ask the learner for another account.",
        registration_id=refund.registration_id,
        refund_id=refund.refund_id,
    )


def _post(work: Work, refund: Refund, kind: str, lines: tuple[tuple[str, int], ...]) -> None:
    ref, currency = refund.refund_id, refund.currency
    post(work, refund.registration_id, kind, ref, lines, currency, work.now)


def _registration(work: Work, refund: Refund) -> Registration:
    found = work.get(Registration, refund.registration_id)
    assert found is not None
    return found
