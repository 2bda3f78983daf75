"""What a gateway says of its objects, in our words, whichever gateway it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

_LONGEST = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class CheckoutSeen:
    """A page on which to pay."""

    checkout_id: str
    url: str


@dataclass(frozen=True, slots=True)
class PaymentSeen:
    """A try to pay. `reference` is the invoice it was opened for.

    `created_at` is None where the gateway's clock means nothing (the sandbox has its own).
    """

    payment_id: str
    status: Literal["pending", "succeeded", "failed"]
    amount_minor: int
    currency: str
    reference: str
    created_at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RefundSeen:
    """Money going back; `key` is the one we gave, empty where we did not ask for it."""

    refund_id: str
    status: Literal["pending", "succeeded", "failed"]
    payment_id: str
    amount_minor: int
    key: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Hint:
    """A webhook: something happened to an object, which is then looked up."""

    event_id: str
    type: str
    object_id: str


def pause_after(tries: int) -> timedelta:
    """How long to wait before asking again: 2, 4, 8 … seconds, at most ten minutes."""
    return min(_LONGEST, timedelta(seconds=2 ** min(tries, 12)))
