"""What a gateway says of its objects, in our words, whichever gateway it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

_LONGEST = timedelta(minutes=10)
Failure = Literal["", "balance", "instrument", "over", "refused"]


class KeySpent(Exception):
    """The key stands for another request at the gateway: this one needs a new key."""


class KeyInUse(Exception):
    """A request with this very key is just being worked on at the gateway."""


@dataclass(frozen=True, slots=True)
class CheckoutSeen:
    """A page on which to pay; `expires_at` by the gateway's own clock, in the sandbox too."""

    checkout_id: str
    url: str
    expires_at: datetime | None = None


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
    """Money going back; `key` is the one we gave, empty where we did not ask for it.

    `failure` says what can be done about one that failed: the gateway has no money of ours just now
    (`balance`), its way is closed for good (`instrument`), more was asked for than is left
    (`over`), or it is `refused` for another reason. `beside`: where it is `over`, all refunds
    of that payment that the gateway has.
    """

    refund_id: str
    status: Literal["pending", "succeeded", "failed"]
    payment_id: str
    amount_minor: int
    key: str = ""
    reason: str = ""
    failure: Failure = ""
    beside: tuple[RefundSeen, ...] = ()


@dataclass(frozen=True, slots=True)
class DisputeSeen:
    """The payer's bank took a payment, or a part of it, back; it decides in the end."""

    dispute_id: str
    payment_id: str
    amount_minor: int
    currency: str
    status: Literal["open", "won", "lost"]
    reason: str = ""
    opened_at: datetime | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Movement:
    """One movement of money as the gateway reports it: what reconciliation compares with.

    `amount_minor` is signed: positive came to us. `object_id` is the payment, refund, dispute or
    payout; `payment_id` is empty where it belongs to none.
    """

    movement_id: str
    kind: Literal["charge", "refund", "refund_failed", "dispute", "dispute_won", "fee", "payout"]
    object_id: str
    payment_id: str
    amount_minor: int
    currency: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Movements:
    """A page of movements, oldest first; `next` is where the following page begins, if any.

    `whole`: a first page that begins where the account does, so that what it holds can be reckoned.
    """

    items: tuple[Movement, ...]
    next: str | None
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Hint:
    """A webhook: something happened to an object, which is then looked up."""

    event_id: str
    type: str
    object_id: str


def pause_after(tries: int) -> timedelta:
    """How long to wait before asking again: 2, 4, 8 … seconds, at most ten minutes."""
    return min(_LONGEST, timedelta(seconds=2 ** min(tries, 12)))
