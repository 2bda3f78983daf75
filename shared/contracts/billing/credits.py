"""Credits as state: by credit, not by registration."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from shared.contracts import reference
from shared.contracts.billing.base import ABOUT, PRICE, usd
from shared.contracts.event import Day, Event, Id, Instant, Money, Part, Slug, Text


class Holder(Part):
    """Whose credit it is: `kind` is person or organisation, `id` the person's or its name."""

    kind: Text = "person"
    id: Id


class OfCredit(Event):
    """Base of the facts of one credit: `amount` moved now, `balance` left after it.

    `expires_on` is the last day on which it can be used; null where its terms name no end.
    """

    topic = "billing.credits"
    key = "credit_id"

    credit_id: Id
    holder: Holder
    amount: Money
    balance: Money
    expires_on: Day | None = None
    registration_id: Id | None = None
    course_id: Id | None = None
    person_id: Id | None = None


_CREDIT = ABOUT | {
    "credit_id": reference.CREDIT_ID,
    "holder": {"kind": "person", "id": reference.PERSON_ID},
    "amount": PRICE,
    "balance": PRICE,
    "expires_on": "2021-10-06",
}


class CreditIssued(OfCredit):
    """A new credit. It lapses at `expires_at`, the end of `expires_on`.

    `origin` is cancellation, goodwill or transfer; then `transferred_from` is the credit that it
    takes the place of.
    """

    type = "credit.issued.v1"
    when = "When a cancellation gives a credit, staff give one, or one is handed on."
    never = "The code that spends it: that is its holder's secret. Nor a gift card that was sold."
    example: ClassVar[dict[str, Any]] = _CREDIT | {
        "issued_at": "2020-10-06T04:01:00Z",
        "expires_at": "2021-10-07T03:59:59.999999Z",
        "terms": {
            "kind": "refund_credit",
            "for": "another_learning_product",
            "not_for_course_id": reference.COURSE_ID,
            "transferable": False,
            "zone": reference.ZONE,
        },
    }

    issued_at: Instant
    expires_at: Instant | None = None
    origin: Text = "cancellation"
    transferred_from: Id | None = None
    terms: dict[str, Any] = Field(default_factory=dict)


class CreditRedeemed(OfCredit):
    """Spent on a registration, the one named here."""

    type = "credit.redeemed.v1"
    when = "When it pays for a registration, in full or in part."
    never = "The end of the credit: `balance` is what is left."
    example: ClassVar[dict[str, Any]] = _CREDIT | {
        "registration_id": "0192a0b0-5c1e-7a10-8f00-00000000b002",
        "course_id": "attachment-effectiveness-2021",
        "amount": usd(12000),
        "balance": usd(7900),
        "redeemed_at": "2021-03-01T12:00:00Z",
    }

    redeemed_at: Instant


class CreditRestored(OfCredit):
    """Given back with its old expiry, or a later one where the provider cancelled."""

    type = "credit.restored.v1"
    when = "When what it had paid for is cancelled."
    never = "A new credit or money, nor a longer time, unless the provider cancelled."
    example: ClassVar[dict[str, Any]] = _CREDIT | {
        "amount": usd(12000),
        "restored_at": "2021-03-02T12:00:00Z",
    }

    restored_at: Instant


class CreditExpired(OfCredit):
    """Its time is over; `amount` was still left on it."""

    type = "credit.expired.v1"
    when = "When its last day is over."
    never = "Said of a credit with nothing left on it."
    example: ClassVar[dict[str, Any]] = _CREDIT | {
        "balance": usd(0),
        "expired_at": "2021-10-07T04:00:00Z",
    }

    expired_at: Instant


class CreditVoided(OfCredit):
    """Taken back unspent, for instance after a lost dispute."""

    type = "credit.voided.v1"
    when = (
        "When a dispute is lost, a better outcome takes its place, or it is handed on as another "
        "one."
    )
    never = "Spent, or run out."
    example: ClassVar[dict[str, Any]] = _CREDIT | {
        "balance": usd(0),
        "reason": "dispute-lost",
        "voided_at": "2020-12-01T10:00:00Z",
    }

    reason: Slug = "withdrawn"
    voided_at: Instant
