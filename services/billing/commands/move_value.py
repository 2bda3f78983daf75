"""The value of a registration that was moved goes to the one it was moved to, once.

Money moves as it is: the part of a payment that paid the one pays the other from now on, so that it
can still go back to the card it came from. Credit goes back where it came from, and is spent again.
Both registrations are locked; what cannot be decided yet is decided when the rest was heard.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace as copy
from datetime import datetime

from services.billing.commands.account import Account
from services.billing.commands.account_needs import TRANSFER_UNPAID
from services.billing.commands.carry_out import say_settled
from services.billing.commands.credit import redeem_credit, restore_credit
from services.billing.commands.issue_credit import end_issued, issue_credit
from services.billing.commands.offered import unusable
from services.billing.commands.open_invoice import add_line, reinstate
from services.billing.commands.outcome import Settled
from services.billing.commands.posting import post
from services.billing.commands.refund import request_refund
from services.billing.commands.saying import ask_staff
from services.billing.commands.take import say_paid
from services.billing.domain.decision import CREDIT, Decision, Paid
from services.billing.domain.ledger import (
    CREDITS,
    DEFERRED,
    RECEIVABLE,
    REVENUE,
    cash_of,
    move,
    settle,
)
from services.billing.domain.share import TRANSFER
from services.billing.domain.transfer import NEW, Moved, move_value
from services.billing.models import Credit, PaymentPart, Registration, Settlement
from shared.errors import Invalid
from shared.money import Money
from shared.runtime.rows import replace

HERE = "Paid for the registration that was moved here"
AWAY = "Moved to another registration"


def other_of(old: Account) -> Account | None:
    """The registration that it was moved to, once that was asked to be paid for."""
    to = old.registration.transferred_to
    found = old.work.get(Registration, to) if to else None
    return Account(old.work, found.registration_id) if found and found.requested_at else None


def move_over(old: Account, settlement: Settlement, new: Account) -> None:
    """Decide and carry out a transfer. Refuses where the policy has a hole, or none can be."""
    at = settlement.requested_at
    if _mixed(old.registration, new.registration):
        raise Invalid("currencies-mixed", "The two registrations are paid in two currencies.")
    is_first = settlement.settled_at is None
    is_after_end = not is_first and new.ended_at is not None
    expected = new.share.transferred if is_first else 0
    before = copy(new.share, withdrawn=0) if is_after_end else new.share
    price = before.due + expected
    moved = move_value(
        old.standing_as_of(settlement),
        at,
        price,
        unusable=unusable(old.spent_credits(), new.registration.course_id, at),
        new_unusable=new.registration.course_id == old.registration.course_id,
        by_provider=settlement.by == "provider",
        choice=settlement.policy_choice,
        override=(settlement.override or {}).get("outcome"),
    )
    parts = old.paid_parts()
    if is_after_end:  # it comes after all: as if it had been there before the end
        reinstate(new, at)
    _take_over(old, new)
    _ask_in_full(new, expected, at)
    _leave(old, settlement, moved, parts)
    issued = _credits(old, moved, at)
    for part in moved.used:
        if part.tender == CREDIT:
            credit_id = issued.credit_id if part.ref == NEW and issued else part.ref
            redeem_credit(new, credit_id, part.amount, at)
            _book(new, "credit-redeemed", credit_id, CREDITS, part.amount, at)
        else:
            _move_part(old, new, part)
            cash = cash_of(new.came_by(part.ref).payment.gateway)
            _book(new, "moved-in", part.ref, cash, part.amount, at)
    if issued is not None:
        end_issued(old.work, issued.credit_id)
    _say(old, settlement, new, moved, parts, issued)
    if new.invoice is not None and new.share.state == "paid" and not _said(before.paid, before.due):
        say_paid(new, at)
    _ask_for_the_rest(new)


def _ask_for_the_rest(new: Account) -> None:
    """The seat was given by the price, and less than that came along: its page asks for the rest,
    and staff see to it. Moved is what is confirmed, whichever of the two is heard first."""
    if new.share.due and new.ended_at is None:
        ask_staff(
            new.work,
            TRANSFER_UNPAID,
            new.registration_id,
            "Less came along from another course than this one costs, and the seat is confirmed. "
            "See that the rest is paid, or cancel the registration.",
            registration_id=new.registration_id,
        )


def _mixed(old: Registration, new: Registration) -> bool:
    """Registration refuses that; where it is heard all the same, a human decides."""
    return bool(old.price_minor and new.price_minor) and old.currency != new.currency


def _said(paid: int, due: int) -> bool:
    """Whether it was said to be paid before, when the difference came."""
    return paid > 0 and due == 0


def _take_over(old: Account, new: Account) -> None:
    """Whoever paid for the old one is the payer of the new one, whoever comes."""
    new.work.put(
        replace(
            new.registration,
            payer_id=old.registration.payer_id,
            group_id=old.registration.group_id,
            moved_in_at=new.work.now,
        )
    )


def _ask_in_full(new: Account, expected: int, at: datetime) -> None:
    """What was expected is not expected any more: it comes now, as far as it is there."""
    if expected:
        add_line(new, TRANSFER, expected, HERE)
        _book(new, "invoice-in-full", str(new.registration.invoice_id), DEFERRED, expected, at)


def _leave(old: Account, settlement: Settlement, moved: Moved, parts: list[Paid]) -> None:
    """What was held for the old one belongs elsewhere now; what nobody gets is forfeited."""
    value, rid, currency = moved.value, old.registration_id, old.registration.currency
    cause, at = settlement.cause, settlement.requested_at
    refunds = sum(part.amount for part in moved.refunds)
    restored = sum(part.amount for part in value.restored)
    owed = old.balances()
    back = settle(deferred=-owed.get(DEFERRED, 0), earned=-owed.get(REVENUE, 0), credited=restored)
    post(old.work, rid, "credit-restored", cause, back, currency, at)
    owed = old.balances()
    lines = settle(
        deferred=-owed.get(DEFERRED, 0),
        earned=-owed.get(REVENUE, 0),
        refunds=refunds,
        credited=value.credited - restored,
        fee=value.fee,
        forfeited=sum(p.amount for p in parts) - value.cash - value.credited - value.fee,
        moved=_by_account(old, moved),
    )
    post(old.work, rid, cause, cause, lines, currency, at)
    if value.cash - refunds:
        add_line(old, TRANSFER, refunds - value.cash, AWAY)


def _by_account(old: Account, moved: Moved) -> Counter[str]:
    """The money that goes along, by the account on which it stands."""
    sums: Counter[str] = Counter()
    for part in moved.used:
        if part.tender != CREDIT:
            sums[cash_of(old.came_by(part.ref).payment.gateway)] += part.amount
    return sums


def _credits(old: Account, moved: Moved, at: datetime) -> Credit | None:
    for part in moved.value.restored:
        restore_credit(old, part)
    new = moved.value.credit
    return issue_credit(old, new, at, spent_at_once=True) if new else None


def _move_part(old: Account, new: Account, part: Paid) -> None:
    """So much of what came by this payment is the new registration's."""
    work, was = old.work, old.came_by(part.ref).part
    work.put(
        replace(
            was,
            amount_minor=was.amount_minor - part.amount,
            applied_minor=was.applied_minor - part.amount,
        )
    )
    work.put(
        PaymentPart(
            payment_id=part.ref,
            registration_id=new.registration_id,
            invoice_id=str(new.registration.invoice_id),
            amount_minor=part.amount,
            applied_minor=part.amount,
        )
    )


def _book(new: Account, kind: str, ref: str, debit: str, amount: int, at: datetime) -> None:
    """The new registration is paid from `debit`, or, for deferred revenue, asked for."""
    if debit == DEFERRED:
        lines = move(amount, debit=RECEIVABLE, credit=DEFERRED)
    else:
        lines = move(amount, debit=debit, credit=RECEIVABLE)
    post(new.work, new.registration_id, kind, ref, lines, new.registration.currency, at)


def _say(
    old: Account,
    settlement: Settlement,
    new: Account,
    moved: Moved,
    parts: list[Paid],
    issued: Credit | None,
) -> None:
    """Kept and said, also where nothing was paid: then all that is told is that it was moved."""
    at = settlement.requested_at
    refunds = [
        request_refund(old, part.ref, part.amount, cause=settlement.cause, at=at)
        for part in moved.refunds
    ]
    value = moved.value
    left = Decision(
        value.outcome, value.fee, moved.refunds, moved.restored, moved.credit, moved.trace
    )
    used = Money(sum(part.amount for part in moved.used), old.registration.currency)
    to = new.registration
    more = {
        "moved": used,
        "to_registration_id": to.registration_id,
        "to_course_id": to.course_id,
    }
    settled = Settled(left, parts, policy=moved.policy)
    say_settled(old, settlement, settled, refunds, issued, **more)
