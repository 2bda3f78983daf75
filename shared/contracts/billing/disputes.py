"""What a bank took back, or wants to."""

from __future__ import annotations

from typing import Any, ClassVar

from shared.contracts import reference
from shared.contracts.billing.base import ABOUT, PRICE, OfMoney
from shared.contracts.event import Id, Instant, Money, Slug, Text


class DisputeOpened(OfMoney):
    """The payer told the bank that the payment was not right; refunds stop meanwhile.

    Said once for each registration that the payment was for, `amount` being its part.
    """

    type = "dispute.opened.v1"
    when = "When the bank tells of a dispute about a payment."
    never = "A cancellation or a refund: the registration stands."
    example: ClassVar[dict[str, Any]] = ABOUT | {
        "dispute_id": "dp_0001",
        "payment_id": reference.PAYMENT_ID,
        "amount": PRICE,
        "reason": "not-recognised",
        "opened_at": "2020-10-20T10:00:00Z",
    }

    dispute_id: Id
    payment_id: Id
    amount: Money
    reason: Slug = "general"
    opened_at: Instant


class DisputeClosed(OfMoney):
    """The bank decided: `result` is won or lost. Said as `dispute.opened` was."""

    type = "dispute.closed.v1"
    when = "When the bank has decided."
    never = "A refund: what was lost, the bank took by itself."
    example: ClassVar[dict[str, Any]] = ABOUT | {
        "dispute_id": "dp_0001",
        "payment_id": reference.PAYMENT_ID,
        "amount": PRICE,
        "result": "won",
        "closed_at": "2020-12-01T10:00:00Z",
    }

    dispute_id: Id
    payment_id: Id
    amount: Money
    result: Text
    closed_at: Instant
