"""Money on its way back."""

from __future__ import annotations

from typing import Any, ClassVar

from shared.contracts import reference
from shared.contracts.billing.base import ABOUT, PAYER, OfMoney, Payer, usd
from shared.contracts.event import Id, Instant, Money, Slug, Text


class RefundRequested(OfMoney):
    """Money is to go back to the tender it came from. `cause`: a cancellation, goodwill, …

    One an attempt: `replaces` is the attempt before it that did not go through. `payer` is who paid
    and has it back: not always `person_id`, where a colleague came instead.
    """

    type = "refund.requested.v1"
    when = "When money is to go back, before the gateway is asked; once for each attempt."
    never = "Money that went back."
    example: ClassVar[dict[str, Any]] = ABOUT | {
        "refund_id": reference.REFUND_ID,
        "payment_id": reference.PAYMENT_ID,
        "tender": "card",
        "amount": usd(16900),
        "cause": "cancelled",
        "requested_at": "2020-10-06T03:59:00Z",
        "payer": PAYER,
    }

    refund_id: Id
    payment_id: Id | None = None
    tender: Text = "card"
    amount: Money
    cause: Text = "cancelled"
    requested_at: Instant
    replaces: Id | None = None
    payer: Payer | None = None


class RefundSettled(OfMoney):
    """The money went back, as the gateway says, or staff who sent it by a bank.

    A refund that nobody asked for here was made in the gateway's own dashboard. `replaces` is the
    attempt before it that did not go through.
    """

    type = "refund.settled.v1"
    when = "When the gateway, or staff who used a bank, say that it went back."
    never = "Final: banks return money days later, and then it is `refund.failed`."
    example: ClassVar[dict[str, Any]] = ABOUT | {
        "refund_id": reference.REFUND_ID,
        "tender": "card",
        "amount": usd(16900),
        "settled_at": "2020-10-06T03:59:02Z",
        "payer": PAYER,
    }

    refund_id: Id
    tender: Text = "card"
    amount: Money
    settled_at: Instant
    replaces: Id | None = None
    payer: Payer | None = None


class RefundFailed(OfMoney):
    """It did not go back, perhaps days after it seemed to; the debt is open again.

    `by_hand`: this way is closed for good (an old card), so staff give it back by another. `payer`
    is whom it is owed.
    """

    type = "refund.failed.v1"
    when = "When the gateway says that it did not go back, at once or days later."
    never = "The end of the debt: another attempt follows, or staff give it back by hand."
    example: ClassVar[dict[str, Any]] = ABOUT | {
        "refund_id": reference.REFUND_ID,
        "tender": "card",
        "amount": usd(16900),
        "reason": "expired-card",
        "failed_at": "2020-10-09T10:00:00Z",
        "payer": PAYER,
    }

    refund_id: Id
    tender: Text = "card"
    amount: Money
    reason: Slug = "gateway-refused"
    by_hand: bool = False
    failed_at: Instant
    payer: Payer | None = None
