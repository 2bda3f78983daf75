"""Refunds that were made in the gateway's own dashboard: in the books, and flagged (domain.md §2).

They cancel nothing. What is still owed is paid by them first: after a refund that failed, or by one
that the gateway was not asked for yet. What is beyond comes out of what each registration has left
of the payment, and is taken from what was kept of it.
"""

from __future__ import annotations

from typing import Literal

from services.billing.commands.account import Account
from services.billing.commands.account_needs import accounts_need
from services.billing.commands.attempt import (
    BESIDE,
    DUE,
    HELD_BACK,
    ONLY_LOOK,
    OTHERS,
    SURE,
    Attempt,
    add_attempt,
    again,
    is_open,
    say,
)
from services.billing.commands.books import close_books
from services.billing.commands.parts import DASHBOARD, debts
from services.billing.commands.posting import post
from services.billing.commands.refund_outcome import note_refund, settled
from services.billing.commands.refund_tasks import close_tasks, tasks_of
from services.billing.commands.saying import ask_staff
from services.billing.domain.ledger import LOSSES, balanced, cash_of, draw, drawn_in
from services.billing.domain.seen import RefundSeen
from services.billing.domain.states import COUNTED
from services.billing.models import Dispute, DisputePart, Payment, PaymentPart, Refund, Registration
from shared.contracts.billing import RefundSettled
from shared.money import Money
from shared.runtime.plans import Plan
from shared.runtime.rows import replace, where
from shared.runtime.tasks import task_key
from shared.runtime.work import Work

MADE = "dashboard-refund"  # the tasks
UNKNOWN = "refund-unknown"
Came = Literal["done", "wait", "unknown"]


def dashboard_needs(seen: RefundSeen) -> Plan:
    """The payment with the accounts of all who have a part of it, and what is owed to them."""
    [parts] = yield [where(PaymentPart, payment_id=seen.payment_id)]
    ids = sorted({part.registration_id for part in parts})
    refunds = yield [where(Refund, registration_id=registration_id) for registration_id in ids]
    accounts = yield from accounts_need(ids)
    return [
        *accounts,
        (Payment, seen.payment_id),
        where(PaymentPart, payment_id=seen.payment_id),
        where(Dispute, payment_id=seen.payment_id),
        *(where(DisputePart, registration_id=registration_id) for registration_id in ids),
        task_key(MADE, seen.refund_id),
        task_key(UNKNOWN, seen.refund_id),
        *(key for found in refunds for refund in found for key in tasks_of(refund)),
    ]


def record_dashboard(work: Work, gateway: str, seen: RefundSeen) -> Came:
    """Once a refund, however often it is heard of. `wait` while it or one of ours is under way: it
    may be that very debt, which staff saw unpaid, and the gateway will say what became of each."""
    payment = work.get(Payment, seen.payment_id)
    parts = work.find(where(PaymentPart, payment_id=seen.payment_id))
    accounts = [Account(work, rid) for rid in sorted(part.registration_id for part in parts)]
    refunds = [each for account in accounts for each in account.refunds_of(seen.payment_id)]
    known = [each for each in refunds if each.gateway_ref == seen.refund_id]
    for refund in known:
        note_refund(work, refund, seen)
    if known or seen.status == "failed":
        _try_again(work, accounts, seen.payment_id)
        return "done"
    if payment is None or not parts:
        return "unknown"
    under_way = [each for each in refunds if is_open(each) and each.submitted_at is not None]
    unasked = [each for each in refunds if is_open(each) and each.submitted_at is None]
    if seen.status == "pending" or under_way:
        _only_look(work, under_way)
        _hold_back(work, unasked)
        return "wait"
    returned = payment.returned_minor - sum(each.amount_minor for each in unasked)
    if not 0 < seen.amount_minor <= payment.amount_minor - returned:
        return "unknown"
    returned = payment.returned_minor + seen.amount_minor
    work.put(replace(payment, returned_minor=returned))
    _divide(work, _Made(gateway, seen, payment), accounts, refunds)
    _try_again(work, accounts, seen.payment_id)
    _tell(work, seen, payment)
    return "done"


def _try_again(work: Work, accounts: list[Account], payment_id: str) -> None:
    """It is looked up. What was refused because of it, and is owed still, is asked for once more:
    it may have failed, and where it was not the reason after all, staff are asked then. What they
    have been asked about already is left to them: they may have sent the money."""
    refunds = [each for account in accounts for each in account.refunds_of(payment_id)]
    for debt in debts(refunds):
        if debt.state == "failed" and debt.failure == OTHERS:
            close_tasks(work, debt, "tried again")
            again(work, Account(work, debt.registration_id).came_by(debt.payment_id).payment, debt)


def _only_look(work: Work, under_way: list[Refund]) -> None:
    """What the gateway has not answered is looked for there, and not made again beside this one."""
    for refund in under_way:
        if refund.gateway_ref is None and refund.failure not in ONLY_LOOK:
            work.put(replace(refund, failure=BESIDE))
            work.plan_due(DUE, refund.refund_id, work.now + SURE)


def _hold_back(work: Work, unasked: list[Refund]) -> None:
    """It may be what the one that is waited for pays: each look at that one holds it back again."""
    for refund in unasked:
        work.plan_due(DUE, refund.refund_id, work.now + HELD_BACK)


class _Made:
    """What was made there, and how many rows it has here."""

    def __init__(self, gateway: str, seen: RefundSeen, payment: Payment) -> None:
        self.gateway, self.seen, self.payment = gateway, seen, payment
        self.rows = 0

    def row(self, work: Work, registration_id: str, amount: int, debt: Refund | None) -> Refund:
        """The next row of it; not yet put."""
        self.rows += 1
        refund_id = f"dashboard:{self.gateway}:{self.seen.refund_id}:{self.rows}"
        return Refund(
            refund_id=refund_id,
            payment_id=self.payment.payment_id,
            registration_id=registration_id,
            gateway=self.gateway,
            tender=self.payment.tender,
            amount_minor=amount,
            currency=self.payment.currency,
            state="succeeded",
            cause=DASHBOARD,
            gateway_ref=self.seen.refund_id,
            debt=debt.debt if debt else refund_id,
            replaces=debt.refund_id if debt else None,
            requested_at=work.now,
            settled_at=work.now,
        )


def _divide(work: Work, made: _Made, accounts: list[Account], refunds: list[Refund]) -> None:
    left = made.seen.amount_minor
    owed = [refund for refund in debts(refunds) if refund.state == "failed" or is_open(refund)]
    for debt in sorted(owed, key=lambda refund: (refund.requested_at, refund.refund_id)):
        part = min(left, debt.amount_minor)
        left -= part
        if part:
            _pay(work, made, _ended(work, debt), part)
    weights = [_left(account, made.payment.payment_id) for account in accounts]
    if left:
        shares = Money(left, made.payment.currency).allocate(weights)
        for account, share in zip(accounts, shares, strict=True):
            if share.amount:
                _take(account, made, share.amount)


def _ended(work: Work, debt: Refund) -> Refund:
    """One that the gateway was not asked for will not be asked for any more."""
    if not is_open(debt):
        return debt
    payment = Account(work, debt.registration_id).came_by(debt.payment_id).payment
    left = payment.returned_minor - debt.amount_minor
    work.put(replace(payment, returned_minor=left))
    work.drop_due(DUE, debt.refund_id)
    ended = replace(debt, state="failed", settled_at=work.now)
    work.put(ended)
    return ended


def _pay(work: Work, made: _Made, debt: Refund, amount: int) -> None:
    """What was owed is paid; the rest of it, where there is any, is tried again."""
    row = made.row(work, debt.registration_id, amount, debt)
    work.put(row)
    settled(work, row)
    close_tasks(work, debt, "given back in the gateway's dashboard")
    if amount < debt.amount_minor:
        payment = Account(work, debt.registration_id).came_by(debt.payment_id).payment
        rest = debt.amount_minor - amount
        rid, cause = debt.registration_id, debt.cause
        add_attempt(work, payment, Attempt(rid, rest, cause, work.now, replaces=debt))


def _left(account: Account, payment_id: str) -> int:
    """What of its own part has not gone back, nor is on its way."""
    refunds = account.refunds_of(payment_id)
    gone = sum(refund.amount_minor for refund in refunds if refund.state in COUNTED)
    return max(0, account.came_by(payment_id).part.amount_minor - gone)


def _take(account: Account, made: _Made, amount: int) -> None:
    """Nobody owed it: it comes out of what was kept; what is not there (it became a credit, say) is
    our loss, until staff see to it."""
    work, rid = account.work, account.registration_id
    row = made.row(work, rid, amount, None)
    known = work.get(Registration, rid) is not None
    held, order = account.balances(), drawn_in(ended=account.ended_at is not None)
    due = account.share.due if known else 0
    ours = max(0, -sum(min(0, held.get(name, 0)) for name in order) - due)
    drawn = min(amount, ours)
    lines = balanced(
        [
            *draw(drawn, held, order),
            (LOSSES, amount - drawn),
            (cash_of(made.gateway), -amount),
        ]
    )
    booked = post(work, rid, MADE, row.refund_id, lines, row.currency, work.now)
    work.put(replace(row, booked=booked))
    say(work, row, RefundSettled, settled_at=work.now)
    if known:
        close_books(work, rid)


def _tell(work: Work, seen: RefundSeen, payment: Payment) -> None:
    work.close_task(UNKNOWN, seen.refund_id, "found")
    amount = Money(seen.amount_minor, payment.currency)
    ask_staff(
        work,
        MADE,
        seen.refund_id,
        f"{amount} was given back in the gateway's own dashboard. It is in the books and cancels "
        "nothing: decide whether a registration is cancelled, or a credit taken back.",
        gateway_refund_id=seen.refund_id,
        payment_id=payment.payment_id,
    )
