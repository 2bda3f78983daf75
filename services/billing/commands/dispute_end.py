"""How a dispute ends for one registration: as before, or somebody bears the loss."""

from __future__ import annotations

from collections.abc import Sequence

from services.billing.commands.account import ENDS, Account
from services.billing.commands.attempt import DUE, SURE, Attempt, add_attempt, is_open
from services.billing.commands.credit import issued_out_of
from services.billing.commands.disputed_credits import revoke, take_back, thaw
from services.billing.commands.lost_refund import settled_by_bank
from services.billing.commands.parts import LOST, SURPLUS, debts
from services.billing.commands.posting import post
from services.billing.commands.settle import review
from services.billing.domain.disputes import bear_loss
from services.billing.domain.ledger import (
    CREDITS,
    DISPUTES,
    FORFEITED,
    LOSSES,
    REFUNDS,
    Lines,
    balanced,
    cash_of,
    move,
)
from services.billing.models import Dispute, DisputePart, Refund, Registration
from shared.runtime.rows import replace


def win(account: Account, dispute: Dispute, part: DisputePart) -> bool:
    """All is as before: frozen credits, refunds that waited, and what nothing was paid for then.

    True where something was decided meanwhile on what else was paid, an end or the share of a
    session before it: that is not decided again.
    """
    book(
        account,
        dispute,
        "dispute-won",
        move(part.amount_minor, debit=cash_of(dispute.gateway), credit=DISPUTES),
    )
    thaw(account, dispute.dispute_id)
    for refund in account.refunds_of(dispute.payment_id):
        if is_open(refund):
            account.work.plan_due(DUE, refund.refund_id, account.work.now)
    review(account.work, account.registration_id)
    ended = account.ended_at is not None
    return any(
        (each.cause in ENDS or (ended and each.cause.startswith("share_due/")))
        and each.paid_minor > 0
        and each.settled_at is not None
        and dispute.opened_at < each.settled_at < account.work.now
        for each in account.settlements
    )


def lose(account: Account, dispute: Dispute, part: DisputePart) -> None:
    """The money is gone; who bears it is kept on the part."""
    owed = _owed(account, dispute.payment_id)
    _only_look(account, dispute.payment_id)
    credits_ = issued_out_of(account)
    loss = bear_loss(
        part.amount_minor,
        [refund.amount_minor for refund in owed],
        [credit.balance_minor for credit in credits_],
        account.balances(),
        account.share.due if account.work.get(Registration, account.registration_id) else 0,
        _brought(account, dispute.payment_id, part),
    )
    for refund, amount in zip(owed, loss.debts, strict=True):
        settled_by_bank(account, refund, amount)
    for credit, amount in zip(credits_, loss.credits, strict=True):
        take_back(account, credit, amount, "dispute-lost")
    revoke(account, dispute.dispute_id, loss.beyond)
    lines = balanced(
        [
            (REFUNDS, sum(loss.debts)),
            (CREDITS, sum(loss.credits)),
            *loss.kept,
            (LOSSES, loss.beyond),
            (DISPUTES, -part.amount_minor),
        ]
    )
    book(account, dispute, "dispute-lost", lines)
    account.work.put(replace(part, taken={name: n for name, n in lines if name != DISPUTES}))
    review(account.work, account.registration_id)  # what waited for it is of what is left


def win_back(account: Account, dispute: Dispute, part: DisputePart) -> None:
    """Lost, and then won after all: the money is here again. What was owed is owed again; credits
    that were taken back stay so, then and since, and staff decide."""
    taken = dict(part.taken or {})
    back = _given_back(taken, account.balances().get(LOSSES, 0))
    book(
        account,
        dispute,
        "dispute-won-back",
        balanced([(cash_of(dispute.gateway), part.amount_minor), *back]),
    )
    account.work.put(replace(part, taken=None))
    for refund in account.refunds_of(dispute.payment_id):
        if is_open(refund) and refund.failure == LOST:
            account.work.put(replace(refund, failure=""))
            account.work.plan_due(DUE, refund.refund_id, account.work.now)
    if taken.get(REFUNDS):
        lost = [r for r in account.refunds_of(dispute.payment_id) if r.failure == LOST]
        owed = Attempt(account.registration_id, taken[REFUNDS], lost[0].cause, account.work.now)
        add_attempt(account.work, account.came_by(dispute.payment_id).payment, owed)


def _given_back(taken: dict[str, int], losses: int) -> list[tuple[str, int]]:
    """To the accounts it was taken from. What came back to credits lowered our loss: of that no
    more is given back than still stands, and the rest is kept, as what credits lost is."""
    back = {name: amount for name, amount in taken.items() if name not in (CREDITS, LOSSES)}
    ours = min(taken.get(LOSSES, 0), max(0, losses))
    kept = taken.get(CREDITS, 0) + taken.get(LOSSES, 0) - ours
    back[FORFEITED] = back.get(FORFEITED, 0) + kept
    return [(LOSSES, -ours), *((name, -amount) for name, amount in back.items())]


def _owed(account: Account, payment_id: str) -> list[Refund]:
    """What is owed of this payment and the gateway was not asked for, or has refused."""
    known = debts(account.refunds_of(payment_id))
    open_ = [r for r in known if r.state == "failed" or (is_open(r) and r.submitted_at is None)]
    return sorted(open_, key=lambda refund: (refund.requested_at, refund.refund_id))


def _brought(account: Account, payment_id: str, part: DisputePart) -> int:
    """What of this payment was the registration's until this dispute: neither more than was asked
    for, nor given back, nor lost before."""
    mine, refunds = account.came_by(payment_id).part, account.refunds_of(payment_id)
    back = sum(refund.amount_minor for refund in debts(refunds) if refund.cause != SURPLUS)
    before = mine.disputed_minor - part.amount_minor - _surplus_lost(refunds)
    return mine.applied_minor - max(0, before) - back


def _surplus_lost(refunds: Sequence[Refund]) -> int:
    """What earlier disputes took of money that never was the registration's: as much of those
    refunds as is not owed any more."""
    rest = {refund.replaces: refund.amount_minor for refund in refunds if refund.replaces}
    lost = [
        refund
        for refund in refunds
        if (refund.cause, refund.state, refund.failure) == (SURPLUS, "failed", LOST)
    ]
    return sum(refund.amount_minor - rest.get(refund.refund_id, 0) for refund in lost)


def _only_look(account: Account, payment_id: str) -> None:
    """What the gateway was asked for and has not answered is not made beside what the bank gave."""
    for refund in account.refunds_of(payment_id):
        if is_open(refund) and refund.submitted_at is not None:
            account.work.put(replace(refund, failure=LOST))
            if refund.gateway_ref is None:
                account.work.plan_due(DUE, refund.refund_id, account.work.now + SURE)


def book(account: Account, dispute: Dispute, kind: str, lines: Lines) -> None:
    """One transaction of a dispute."""
    at = dispute.closed_at or dispute.opened_at
    rid, ref = account.registration_id, dispute.dispute_id
    post(account.work, rid, kind, ref, lines, dispute.currency, at)
