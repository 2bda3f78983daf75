"""A payment that its payer told the bank was not right (domain.md §2).

The bank takes the money at once and decides later. Meanwhile nothing of it is given back, credits
that came out of it are frozen, and what is decided is decided on what else was paid. Each
registration of the invoice has its part. It is looked up whatever the webhook said, so the order in
which we hear of it does not matter: one that is heard of when it is lost was opened before.
"""

from __future__ import annotations

from datetime import datetime

from services.billing.commands.account import Account
from services.billing.commands.account_needs import accounts_need
from services.billing.commands.books import close_books
from services.billing.commands.dispute_close import LOST, OPENED, WON, close
from services.billing.commands.dispute_end import book
from services.billing.commands.disputed_credits import freeze
from services.billing.commands.refund_tasks import tasks_of
from services.billing.commands.saying import about, ask_staff
from services.billing.domain.disputes import divide_dispute
from services.billing.domain.ledger import DISPUTES, cash_of, move
from services.billing.domain.seen import DisputeSeen
from services.billing.domain.states import DISPUTE, may
from services.billing.models import (
    Dispute,
    DisputePart,
    Payment,
    PaymentPart,
    Refund,
    Registration,
)
from shared.contracts.billing import DisputeOpened
from shared.contracts.event import slug_of
from shared.money import Money
from shared.runtime.plans import Plan
from shared.runtime.rows import replace, where
from shared.runtime.tasks import task_key
from shared.runtime.work import Work

UNKNOWN = "dispute-unknown"  # the task


def dispute_needs(seen: DisputeSeen) -> Plan:
    """The payment with the accounts of all who have a part of it, and what is owed to them."""
    [parts, owners] = yield [
        where(PaymentPart, payment_id=seen.payment_id),
        where(DisputePart, dispute_id=seen.dispute_id),
    ]
    ids = sorted({part.registration_id for part in [*parts, *owners]})
    found = yield [
        *[where(Refund, registration_id=registration_id) for registration_id in ids],
        *[where(DisputePart, registration_id=registration_id) for registration_id in ids],
    ]
    refunds, about = found[: len(ids)], found[len(ids) :]
    others = {part.dispute_id for parts_ in about for part in parts_} - {seen.dispute_id}
    accounts = yield from accounts_need(ids)
    return [
        *accounts,
        (Payment, seen.payment_id),
        where(PaymentPart, payment_id=seen.payment_id),
        (Dispute, seen.dispute_id),
        where(DisputePart, dispute_id=seen.dispute_id),
        *((Dispute, dispute_id) for dispute_id in sorted(others)),
        *(where(DisputePart, registration_id=registration_id) for registration_id in ids),
        *(task_key(kind, seen.dispute_id) for kind in (OPENED, LOST, WON, UNKNOWN)),
        *(key for found in refunds for refund in found for key in tasks_of(refund)),
    ]


def overturns(work: Work, seen: DisputeSeen) -> bool:
    """Whether it says the opposite of what the bank had decided."""
    known = work.get(Dispute, seen.dispute_id)
    return known is not None and known.state != "open" and seen.status not in {"open", known.state}


async def record_dispute(
    work: Work, gateway: str, seen: DisputeSeen, *, heard_at: datetime
) -> bool:
    """What the gateway says of a dispute; False while its payment is not known, or is nobody's."""
    known = work.get(Dispute, seen.dispute_id)
    if known is None:
        payment = work.get(Payment, seen.payment_id)
        parts = work.find(where(PaymentPart, payment_id=seen.payment_id))
        if payment is None or not parts or payment.currency != seen.currency:
            return False
        known = await _open(work, gateway, payment, parts, seen, heard_at)
    if may(DISPUTE, known.state, seen.status):
        await close(work, known, seen, heard_at)
    return True


async def _open(
    work: Work,
    gateway: str,
    payment: Payment,
    parts: list[PaymentPart],
    seen: DisputeSeen,
    heard_at: datetime,
) -> Dispute:
    at = min(seen.opened_at, heard_at) if seen.opened_at else heard_at
    dispute = Dispute(
        dispute_id=seen.dispute_id,
        gateway=gateway,
        payment_id=seen.payment_id,
        amount_minor=seen.amount_minor,
        currency=seen.currency,
        state="open",
        reason=seen.reason,
        opened_at=at,
    )
    work.put(dispute)
    parts = sorted(parts, key=lambda part: part.registration_id)
    shares = divide_dispute(
        seen.amount_minor,
        [part.amount_minor for part in parts],
        [_returned(work, part) for part in parts],
        seen.currency,
    )
    async for part, share in work.unhurried(list(zip(parts, shares, strict=True))):
        if share:
            _take(work, dispute, part, share)
    work.close_task(UNKNOWN, dispute.dispute_id, "found")
    ask_staff(
        work,
        OPENED,
        dispute.dispute_id,
        f"A payer disputes {Money(seen.amount_minor, seen.currency)} at the bank. Send the gateway "
        "what shows that it was right, before its own deadline, or accept it there.",
        dispute_id=dispute.dispute_id,
        payment_id=dispute.payment_id,
    )
    return dispute


def _returned(work: Work, part: PaymentPart) -> int:
    """What went back of this part."""
    refunds = Account(work, part.registration_id).refunds_of(part.payment_id)
    return sum(refund.amount_minor for refund in refunds if refund.state == "succeeded")


def _take(work: Work, dispute: Dispute, part: PaymentPart, share: int) -> None:
    """The bank took that much of what is this registration's."""
    account = Account(work, part.registration_id)
    work.put(
        DisputePart(
            dispute_id=dispute.dispute_id,
            registration_id=part.registration_id,
            amount_minor=share,
        )
    )
    work.put(replace(part, disputed_minor=part.disputed_minor + share))
    book(
        account,
        dispute,
        "dispute-opened",
        move(share, debit=DISPUTES, credit=cash_of(dispute.gateway)),
    )
    freeze(account, dispute.dispute_id)
    registration = work.get(Registration, part.registration_id)
    if registration is not None:
        work.emit(
            DisputeOpened(
                **about(registration),
                dispute_id=dispute.dispute_id,
                payment_id=dispute.payment_id,
                amount=Money(share, dispute.currency),
                reason=slug_of(dispute.reason, "general"),
                opened_at=dispute.opened_at,
            )
        )
        close_books(work, part.registration_id)
