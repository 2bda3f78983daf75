"""Tries to pay."""

from __future__ import annotations

from typing import Any, ClassVar

from shared.contracts import reference
from shared.contracts.billing.base import ABOUT, INVOICE, PRICE, OfMoney
from shared.contracts.event import Id, Instant, Money, Slug, Text


class PaymentFailed(OfMoney):
    """A try to pay that failed; `reason` is the gateway's code, or `gateway-refused`.

    Said once for each registration that it would have paid for, `amount` being its part.
    """

    type = "payment.failed.v1"
    when = "When a try to pay did not go through."
    never = "The end of the seat: the hold runs on, and the learner may try again."
    example: ClassVar[dict[str, Any]] = (
        ABOUT
        | INVOICE
        | {
            "payment_id": reference.PAYMENT_ID,
            "amount": PRICE,
            "reason": "card-declined",
            "failed_at": "2020-09-14T15:06:00Z",
        }
    )

    invoice_id: Id
    number: Text = ""
    payment_id: Id
    amount: Money
    reason: Slug
    failed_at: Instant
