"""What an act of staff about money would come to: it is tried, and nothing of it stays
(`shared/runtime/trying.py`)."""

from __future__ import annotations

from dataclasses import dataclass

from services.billing.commands.account import Account
from services.billing.commands.bank_payment import Received, record_bank_payment
from services.billing.commands.decide import Decide, decide
from services.billing.commands.goodwill import GiveBack, give_back, left_to_give
from services.billing.commands.goodwill_credit import GiveCredit, give_credit
from services.billing.commands.nobodys_payment import GiveItBack, give_nobodys_back
from services.billing.commands.retry_refund import (
    Retry,
    SentByHand,
    retry_refund,
    settle_by_hand,
)
from services.billing.commands.take import accounts_of
from services.billing.commands.transfer_credit import TransferCredit, transfer_credit
from services.billing.models import (
    Credit,
    Payment,
    PaymentPart,
    Refund,
    Registration,
    Settlement,
)
from shared.runtime.plans import needs, plan_of
from shared.runtime.rows import where
from shared.runtime.trying import tried
from shared.runtime.work import Work


@dataclass(frozen=True, slots=True)
class WouldGive:
    """The refunds that goodwill would make, and what could be given back still after them, in minor
    units of the same currency."""

    refunds: list[Refund]
    left: int


@dataclass(frozen=True, slots=True)
class WouldReceive:
    """The payment; `known`: it was recorded before, and would not count again. `back` of it is for
    nobody to pay, and `left` is still to pay of the invoice then: minor units of its currency."""

    payment: Payment
    known: bool
    back: int
    left: int


@dataclass(frozen=True, slots=True)
class WouldDecide:
    """The settlement, and what the invoice would not ask for any more by it, in minor units."""

    settlement: Settlement
    not_due: int


@needs(lambda asked: plan_of(retry_refund, asked))
async def would_retry(work: Work, asked: Retry) -> Refund:
    """The next attempt."""
    return await tried(work, retry_refund, asked)


@needs(lambda sent: plan_of(settle_by_hand, sent))
async def would_settle(work: Work, sent: SentByHand) -> Refund:
    """The refund as it would be settled."""
    return await tried(work, settle_by_hand, sent)


@needs(lambda wanted: plan_of(give_back, wanted))
async def would_give_back(work: Work, wanted: GiveBack) -> WouldGive:
    """Which refunds goodwill would make, and what would be left."""
    mark = work.mark()
    refunds = await give_back(work, wanted)
    left = left_to_give(Account(work, wanted.registration_id))
    work.back(mark)
    return WouldGive(refunds, left)


@needs(lambda wanted: plan_of(give_credit, wanted))
async def would_give_credit(work: Work, wanted: GiveCredit) -> Credit:
    """The credit that goodwill would give."""
    return await tried(work, give_credit, wanted)


@needs(lambda wanted: plan_of(transfer_credit, wanted))
async def would_hand_on(work: Work, wanted: TransferCredit) -> Credit:
    """The credit that the new holder would have."""
    return await tried(work, transfer_credit, wanted)


@needs(lambda wanted: plan_of(decide, wanted))
async def would_decide(work: Work, wanted: Decide) -> WouldDecide:
    """What a cancellation would come to."""
    mark = work.mark()
    due = _due(work, wanted.registration_id)
    settlement = await decide(work, wanted)
    not_due = due - _due(work, wanted.registration_id)
    work.back(mark)
    return WouldDecide(settlement, max(0, not_due))


@needs(lambda received: plan_of(record_bank_payment, received))
async def would_receive(work: Work, received: Received) -> WouldReceive:
    """The payment that would be recorded, and what it pays: as the act divides it."""
    known = work.get(Payment, received.payment_id) is not None
    mark = work.mark()
    payment = await record_bank_payment(work, received)
    parts = work.find(where(PaymentPart, payment_id=payment.payment_id))
    back = payment.amount_minor - sum(part.applied_minor for part in parts)
    left = sum(account.share.due for account in accounts_of(work, received.invoice_id))
    work.back(mark)
    return WouldReceive(payment, known, back, left)


def _due(work: Work, registration_id: str) -> int:
    """What its invoice asks for now; nothing where billing does not know it."""
    if work.get(Registration, registration_id) is None:
        return 0
    return Account(work, registration_id).share.due


@needs(lambda asked: plan_of(give_nobodys_back, asked))
async def would_give_nobodys_back(work: Work, asked: GiveItBack) -> Refund:
    """The refund of a payment that belongs to no invoice."""
    return await tried(work, give_nobodys_back, asked)
