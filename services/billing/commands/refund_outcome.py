"""What the gateway says of a refund: it went through, it did not, or it is still on its way.

One that did not is tried again by itself where the gateway had no money of ours; where its way is
closed for good, or nobody knows why, staff are asked. The debt stays as it is meanwhile.
"""

from __future__ import annotations

from datetime import timedelta

from services.billing.commands.account import Account
from services.billing.commands.attempt import DUE, OTHERS, again, is_open, say
from services.billing.commands.hints import look_at_refund
from services.billing.commands.lost_refund import failed_after_loss
from services.billing.commands.parts import LOST
from services.billing.commands.posting import post
from services.billing.commands.refund_tasks import (
    STUCK,
    ask_about_others,
    ask_about_refusal,
    ask_by_hand,
    ask_for_balance,
    ask_if_stuck,
)
from services.billing.domain.ledger import REFUNDS, cash_of, move
from services.billing.domain.refund_retry import EMPTY_FOR, next_pause, what_next
from services.billing.domain.seen import RefundSeen
from services.billing.domain.states import REFUND, may
from services.billing.models import PaymentPart, Refund
from shared.contracts.billing import RefundFailed, RefundSettled
from shared.contracts.event import slug_of
from shared.runtime.rows import replace, where
from shared.runtime.work import Work

_SLOW = timedelta(hours=6)  # between looks at a refund that the bank takes its time with


def note_refund(work: Work, refund: Refund, seen: RefundSeen) -> None:
    """The gateway's word on a refund, however it reached us and however often."""
    if seen.status == "pending":
        if is_open(refund):
            waiting = replace(refund, state="submitted", gateway_ref=seen.refund_id)
            work.put(waiting)
            work.plan_due(DUE, refund.refund_id, work.now + _SLOW)
            ask_if_stuck(work, waiting)
        return
    if not may(REFUND, refund.state, seen.status):
        return
    ended = replace(
        refund,
        state=seen.status,
        gateway_ref=seen.refund_id or refund.gateway_ref,
        failure=seen.failure if seen.status == "failed" else "",
        settled_at=work.now,
    )
    work.put(ended)
    work.drop_due(DUE, refund.refund_id)
    if seen.status == "succeeded":
        settled(work, ended)
    else:
        _failed(work, ended, seen, before=refund)


def settled(work: Work, refund: Refund) -> None:
    """It went back: the debt is paid. The row stands already."""
    assert refund.settled_at is not None
    lines = move(refund.amount_minor, debit=REFUNDS, credit=cash_of(refund.gateway))
    work.put(replace(refund, booked=_post(work, refund, "refund-settled", lines)))
    work.close_task(STUCK, refund.debt, "settled")
    say(work, refund, RefundSettled, settled_at=refund.settled_at, replaces=refund.replaces)


def _failed(work: Work, refund: Refund, seen: RefundSeen, *, before: Refund) -> None:
    """The debt is open again; unless a bank has given the money back itself meanwhile."""
    undone = before.state == "succeeded"
    account = Account(work, refund.registration_id)
    payment = account.came_by(refund.payment_id).payment
    payment = replace(payment, returned_minor=payment.returned_minor - refund.amount_minor)
    work.put(payment)
    if undone:
        back = move(refund.amount_minor, debit=cash_of(refund.gateway), credit=REFUNDS)
        _post(work, refund, "refund-returned", back, corrects=refund.booked)
    if failed_after_loss(account, refund, under_way=before.failure == LOST):
        return
    what = "ask" if undone else what_next(refund.failure)
    if what == "again":
        tries = _tries(work, refund)
        again(work, payment, refund, next_pause(len(tries)))
        if work.now - min(filter(None, (each.settled_at for each in tries))) >= EMPTY_FOR:
            ask_for_balance(work, refund)
        return
    beside = _strange(account, refund, seen)
    for refund_id in beside:
        look_at_refund(work, refund.gateway, refund_id)
    if beside:  # what was given back there pays this debt, and the rest is tried by itself
        work.put(replace(refund, failure=OTHERS))
        work.close_task(STUCK, refund.debt, "failed")
        ask_about_others(work, refund, beside)
        return
    by_hand = what == "by-hand"
    say(
        work,
        refund,
        RefundFailed,
        reason=slug_of(seen.reason, "gateway-refused"),
        by_hand=by_hand,
        failed_at=work.now,
    )
    work.close_task(STUCK, refund.debt, "failed")
    if by_hand:
        ask_by_hand(work, refund)
    else:
        ask_about_refusal(work, refund)


def _strange(account: Account, refund: Refund, seen: RefundSeen) -> list[str]:
    """Of the refunds that left too little of the payment, those that we neither asked for nor have
    heard of, for nobody who has a part of it."""
    if not seen.beside:
        return []
    parts = account.work.find(where(PaymentPart, payment_id=refund.payment_id))
    accounts = [Account(account.work, part.registration_id) for part in parts]
    known = {each.gateway_ref for one in accounts for each in one.refunds_of(refund.payment_id)}
    ours = f"refund:{refund.payment_id}:"
    return [
        each.refund_id
        for each in seen.beside
        if each.status != "failed" and not each.key.startswith(ours) and each.refund_id not in known
    ]


def _tries(work: Work, refund: Refund) -> list[Refund]:
    """The attempts of this debt for which the gateway had no money."""
    known = Account(work, refund.registration_id).refunds_of(refund.payment_id)
    return [each for each in known if each.debt == refund.debt and each.failure == "balance"]


def _post(
    work: Work,
    refund: Refund,
    kind: str,
    lines: tuple[tuple[str, int], ...],
    corrects: str | None = None,
) -> str | None:
    rid, ref, currency = refund.registration_id, refund.refund_id, refund.currency
    at = refund.settled_at or work.now
    return post(work, rid, kind, ref, lines, currency, at, corrects=corrects)
