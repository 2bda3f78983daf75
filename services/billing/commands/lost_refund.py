"""Refunds of money that a bank has given back itself, by a dispute that was lost."""

from __future__ import annotations

from collections import Counter as Sums

from services.billing.commands.account import Account
from services.billing.commands.attempt import DUE, Attempt, add_attempt, is_open
from services.billing.commands.books import close_books
from services.billing.commands.parts import LOST
from services.billing.commands.posting import post
from services.billing.commands.refund_tasks import close_tasks
from services.billing.domain.disputes import KEPT
from services.billing.domain.ledger import LOSSES, REFUNDS, balanced
from services.billing.models import Dispute, DisputePart, Refund, Registration
from shared.runtime.rows import replace, where


def settled_by_bank(account: Account, refund: Refund, amount: int) -> None:
    """That much is not owed any more; what is beyond is another attempt. The caller books it."""
    if not amount:
        return
    work = account.work
    if is_open(refund):
        payment = account.came_by(refund.payment_id).payment
        left = payment.returned_minor - refund.amount_minor
        work.put(replace(payment, returned_minor=left))
        work.drop_due(DUE, refund.refund_id)
    ended = replace(refund, state="failed", failure=LOST, settled_at=work.now)
    work.put(ended)
    close_tasks(work, refund, "the bank gave it back")
    if amount < refund.amount_minor:
        rest = Attempt(
            refund.registration_id,
            refund.amount_minor - amount,
            refund.cause,
            work.now,
            refund.reason,
            refund.requested_by,
            ended,
        )
        add_attempt(work, account.came_by(refund.payment_id).payment, rest)


def failed_after_loss(account: Account, refund: Refund, *, under_way: bool = False) -> bool:
    """A refund was under way when the bank took the money, and then failed: what was booked as our
    loss was the learner's money, which they have. Whether there was such a loss.

    Of one that was `under_way` then, so was what the loss took of what was kept: it is kept again.
    """
    accounts = (LOSSES, *reversed(KEPT)) if under_way else (LOSSES,)
    back: Sums[str] = Sums()
    for part in _lost_parts(account, refund.payment_id):
        taken = dict(part.taken or {})
        for name in accounts:  # the last that a loss takes from is the first to have it back
            amount = min(refund.amount_minor - back.total(), taken.get(name, 0))
            if amount:  # as if the bank had found the debt there: won after all, it is owed again
                taken[name] -= amount
                taken[REFUNDS] = taken.get(REFUNDS, 0) + amount
                back[name] += amount
        account.work.put(replace(part, taken={name: n for name, n in taken.items() if n}))
    borne = back.total()
    settled_by_bank(account, refund, borne)
    lines = balanced([(REFUNDS, borne), *((name, -amount) for name, amount in back.items())])
    rid, ref = account.registration_id, refund.refund_id
    post(account.work, rid, "dispute-settled", ref, lines, refund.currency, account.work.now)
    if borne and account.work.get(Registration, rid) is not None:
        close_books(account.work, rid)
    return borne > 0


def _lost_parts(account: Account, payment_id: str) -> list[DisputePart]:
    """Its parts of the disputes about this payment that were lost."""
    disputes = account.work.find(where(Dispute, payment_id=payment_id))
    lost = {dispute.dispute_id for dispute in disputes if dispute.state == "lost"}
    parts = account.work.find(where(DisputePart, registration_id=account.registration_id))
    known = [part for part in parts if part.dispute_id in lost]
    return sorted(known, key=lambda part: part.dispute_id)
