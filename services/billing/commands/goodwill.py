"""Staff give money back beyond the policy: a new entry, never an edit (domain.md §2)."""

from __future__ import annotations

from dataclasses import dataclass

from services.billing.commands.account import Account
from services.billing.commands.account_needs import account_needs
from services.billing.commands.books import close_books
from services.billing.commands.open_invoice import withdraw
from services.billing.commands.parts import Came, debts
from services.billing.commands.posting import post
from services.billing.commands.refund import DisputeIsOpen, is_disputed, request_refund
from services.billing.domain.ledger import REFUNDS, balanced, draw, drawn_in
from services.billing.models import Dispute, PaymentPart, Refund, Registration
from shared.errors import Conflict, Invalid, NotFound
from shared.money import Money, parse_amount
from shared.runtime.plans import Plan, needs
from shared.runtime.rows import where
from shared.runtime.work import Work


@dataclass(frozen=True)
class GiveBack:
    """`amount` is minor units, or a decimal string; `currency` only where the caller said one."""

    registration_id: str
    amount: int | str
    currency: str | None
    reason: str
    staff: str


class RefundTooLarge(Conflict):
    """More than is left of what was captured, or than the provider still holds."""

    slug = "refund-too-large"


def _needs(wanted: GiveBack) -> Plan:
    [parts] = yield [where(PaymentPart, registration_id=wanted.registration_id)]
    account = yield from account_needs(wanted.registration_id)
    return [*account, *(where(Dispute, payment_id=part.payment_id) for part in parts)]


@needs(_needs)
async def give_back(work: Work, wanted: GiveBack) -> list[Refund]:
    """Refunds of together the amount, earliest payment first."""
    registration = work.get(Registration, wanted.registration_id)
    if registration is None:
        raise NotFound("registration-unknown", "Billing knows no such registration.")
    account = Account(work, wanted.registration_id)
    amount = _amount(wanted, registration.currency)
    if any(is_disputed(work, came.payment.payment_id) for came in account.came):
        raise DisputeIsOpen
    most = left_to_give(account)
    if amount > most:
        detail = f"At most {Money(most, registration.currency)} is left to give back."
        raise RefundTooLarge(detail, left=Money(most, registration.currency).as_json())
    held, order = account.balances(), drawn_in(ended=account.ended_at is not None)
    left = {came.payment.payment_id: _left(account, came) for came in account.came}
    refunds = []
    for payment_id, most in left.items():
        part = min(amount, most)
        if part:
            refunds.append(_refund(account, payment_id, part, wanted))
        amount -= part
    total = sum(refund.amount_minor for refund in refunds)
    lines = balanced([*draw(total, held, order), (REFUNDS, -total)])
    rid, currency = account.registration_id, registration.currency
    post(work, rid, "goodwill", refunds[0].refund_id, lines, currency, work.now)
    withdraw(account)  # of an order whose hold had ended nothing is here any more
    close_books(work, rid)
    work.audit("refund.goodwill", wanted.registration_id, wanted.reason)
    return refunds


def left_to_give(account: Account) -> int:
    """Minor units that goodwill may give back still: of what was paid, and of what we hold."""
    held, order = account.balances(), drawn_in(ended=account.ended_at is not None)
    ours = -sum(held.get(name, 0) for name in order) - account.share.due
    return max(0, min(ours, sum(_left(account, came) for came in account.came)))


def _amount(wanted: GiveBack, currency: str) -> int:
    if wanted.currency not in {None, currency}:
        raise Invalid("currencies-mixed", f"This registration was paid in {currency}.")
    amount = parse_amount(wanted.amount, currency) if currency else 0
    if amount <= 0:
        raise Invalid("amount-invalid", "A refund is more than zero.")
    return amount


def _left(account: Account, came: Came) -> int:
    """Of its own part: captured minus refunded minus pending; what failed is owed already."""
    refunds = debts(account.refunds_of(came.payment.payment_id))
    gone = sum(refund.amount_minor for refund in refunds)
    return max(0, came.part.amount_minor - came.part.disputed_minor - gone)


def _refund(account: Account, payment_id: str, amount: int, wanted: GiveBack) -> Refund:
    return request_refund(
        account,
        payment_id,
        amount,
        cause="goodwill",
        at=account.work.now,
        reason=wanted.reason,
        requested_by=wanted.staff,
    )
