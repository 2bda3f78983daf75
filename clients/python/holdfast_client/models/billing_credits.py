"""What `billing_credits` holds; how to read it says the package.

Generated (`make contracts`): do not edit.
"""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from pydantic import AwareDatetime

from holdfast_client.base import Data, Part
from holdfast_client.models.parts import Money


class Holder(Part):
    """Whose credit it is: `kind` is person or organisation, `id` the person's or its name."""

    id: str
    kind: str | None = None


class CreditExpired(Data):
    """Its time is over; `amount` was still left on it.

    When its last day is over.

    Never: Said of a credit with nothing left on it.
    """

    TYPE: ClassVar[str] = "credit.expired.v1"

    credit_id: str | None = None
    holder: Holder | None = None
    amount: Money | None = None
    balance: Money | None = None
    expires_on: date | None = None
    registration_id: str | None = None
    course_id: str | None = None
    person_id: str | None = None
    expired_at: AwareDatetime | None = None


class CreditIssued(Data):
    """A new credit. It lapses at `expires_at`, the end of `expires_on`.

    `origin` is cancellation, goodwill or transfer; then `transferred_from` is the credit that
    it takes the place of.

    When a cancellation gives a credit, staff give one, or one is handed on.

    Never: The code that spends it: that is its holder's secret. Nor a gift card that was sold.
    """

    TYPE: ClassVar[str] = "credit.issued.v1"

    credit_id: str | None = None
    holder: Holder | None = None
    amount: Money | None = None
    balance: Money | None = None
    expires_on: date | None = None
    registration_id: str | None = None
    course_id: str | None = None
    person_id: str | None = None
    issued_at: AwareDatetime | None = None
    expires_at: AwareDatetime | None = None
    origin: str | None = None
    transferred_from: str | None = None
    terms: dict[str, Any] | None = None


class CreditRedeemed(Data):
    """Spent on a registration, the one named here.

    When it pays for a registration, in full or in part.

    Never: The end of the credit: `balance` is what is left.
    """

    TYPE: ClassVar[str] = "credit.redeemed.v1"

    credit_id: str | None = None
    holder: Holder | None = None
    amount: Money | None = None
    balance: Money | None = None
    expires_on: date | None = None
    registration_id: str | None = None
    course_id: str | None = None
    person_id: str | None = None
    redeemed_at: AwareDatetime | None = None


class CreditRestored(Data):
    """Given back with its old expiry, or a later one where the provider cancelled.

    When what it had paid for is cancelled.

    Never: A new credit or money, nor a longer time, unless the provider cancelled.
    """

    TYPE: ClassVar[str] = "credit.restored.v1"

    credit_id: str | None = None
    holder: Holder | None = None
    amount: Money | None = None
    balance: Money | None = None
    expires_on: date | None = None
    registration_id: str | None = None
    course_id: str | None = None
    person_id: str | None = None
    restored_at: AwareDatetime | None = None


class CreditVoided(Data):
    """Taken back unspent, for instance after a lost dispute.

    When a dispute is lost, a better outcome takes its place, or it is handed on as another one.

    Never: Spent, or run out.
    """

    TYPE: ClassVar[str] = "credit.voided.v1"

    credit_id: str | None = None
    holder: Holder | None = None
    amount: Money | None = None
    balance: Money | None = None
    expires_on: date | None = None
    registration_id: str | None = None
    course_id: str | None = None
    person_id: str | None = None
    reason: str | None = None
    voided_at: AwareDatetime | None = None
