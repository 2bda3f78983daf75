"""What billing says: invoices, refunds and disputes by registration, credits by credit (events.md).

An invoice, and a payment, may be for many registrations. Each fact about it is said once for each
of them: `lines`, `total`, `due`, `tenders` and amounts are that registration's share, never the
whole. So a copy of an invoice is keyed by registration and invoice.

`outcome` is refund, credit or nothing; `tender` is card, credit, transfer or cash.
"""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from shared.contracts import reference
from shared.contracts.event import Day, Event, Id, Instant, Money, Part, Slug, Text

_ABOUT = reference.ABOUT
_PRICE = reference.PRICE
_INVOICE = {"invoice_id": reference.INVOICE_ID, "number": "2020-000001"}


def _usd(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "USD"}


class OfMoney(Event):
    """Base of the money facts of one registration."""

    topic = "billing.registrations"
    key = "registration_id"

    registration_id: Id
    course_id: Id
    person_id: Id


class Line(Part):
    """`kind`: course, discount, tax, fee, credit_note (a negative amount)."""

    description: Text
    amount: Money
    quantity: int = 1
    kind: Text = "course"


class CreditApplied(Part):
    credit_id: Id
    amount: Money


class CreditRefused(Part):
    """A credit asked for and not taken: unknown, expired, empty, frozen, voided, same-course,
    other-currency, not-transferable, not-for-this-product."""

    credit_id: Id
    reason: Slug


class Tender(Part):
    """A way in which part of it was paid."""

    tender: Text
    amount: Money
    payment_id: Id | None = None
    credit_id: Id | None = None
    credit_expires_on: Day | None = None


class InvoiceIssued(OfMoney):
    """What a registration is charged; `due` is `total` less the credits taken at once.

    Said once for each registration of the invoice: `lines` and `total` are that registration's.
    """

    type = "invoice.issued.v1"
    example: ClassVar[dict[str, Any]] = (
        _ABOUT
        | _INVOICE
        | {
            "lines": [{"description": reference.COURSE["title"], "amount": _PRICE, "quantity": 1}],
            "total": _PRICE,
            "due": _PRICE,
            "issued_at": "2020-09-14T15:04:05Z",
            "due_at": "2020-09-14T15:34:05Z",
            "payment_method": "card",
        }
    )

    invoice_id: Id
    number: Text
    lines: tuple[Line, ...] = ()
    total: Money
    due: Money
    issued_at: Instant
    due_at: Instant | None = None
    payment_method: Text = "card"
    organisation: Text | None = None
    group_id: Id | None = None
    credits_applied: tuple[CreditApplied, ...] = ()
    credits_refused: tuple[CreditRefused, ...] = ()


class InvoicePaid(OfMoney):
    """A registration's share of an invoice is paid in full, by these tenders.

    Said once for each registration of the invoice: `lines` and `total` are that registration's.
    """

    type = "invoice.paid.v1"
    example: ClassVar[dict[str, Any]] = (
        _ABOUT
        | _INVOICE
        | {
            "lines": [{"description": reference.COURSE["title"], "amount": _PRICE, "quantity": 1}],
            "total": _PRICE,
            "tenders": [
                {"tender": "card", "amount": _PRICE, "payment_id": reference.PAYMENT_ID},
            ],
            "paid_at": "2020-09-14T15:07:30Z",
        }
    )

    invoice_id: Id
    number: Text
    lines: tuple[Line, ...] = ()
    total: Money
    tenders: tuple[Tender, ...] = ()
    credits_refused: tuple[CreditRefused, ...] = ()
    organisation: Text | None = None
    paid_at: Instant


class InvoiceVoided(OfMoney):
    """A registration's share of an invoice was withdrawn before it was paid.

    Said for that registration alone: others of the invoice may stay as they are.
    """

    type = "invoice.voided.v1"
    example: ClassVar[dict[str, Any]] = (
        _ABOUT
        | _INVOICE
        | {"total": _PRICE, "voided_at": "2020-09-14T15:34:05Z", "reason": "hold-ended"}
    )

    invoice_id: Id
    number: Text
    total: Money
    voided_at: Instant
    reason: Slug = "cancelled"


class InvoiceReminded(OfMoney):
    """An open invoice on account is to be paid soon, or is overdue: `level` counts from 1.

    `due` is what it still asks for. Not said of an order of many, which has no address: staff are
    asked to see to that (`task.opened`, invoice-overdue).
    """

    type = "invoice.reminded.v1"
    example: ClassVar[dict[str, Any]] = (
        _ABOUT
        | _INVOICE
        | {
            "due": _PRICE,
            "due_at": "2020-10-14T15:04:05Z",
            "level": 1,
            "organisation": "Example Clinic",
            "reminded_at": "2020-10-07T15:04:05Z",
        }
    )

    invoice_id: Id
    number: Text
    due: Money
    due_at: Instant
    level: int
    organisation: Text | None = None
    reminded_at: Instant


class PaymentFailed(OfMoney):
    """A try to pay that failed; `reason` is the gateway's code, or `gateway-refused`.

    Said once for each registration that it would have paid for, `amount` being its part.
    """

    type = "payment.failed.v1"
    example: ClassVar[dict[str, Any]] = (
        _ABOUT
        | _INVOICE
        | {
            "payment_id": reference.PAYMENT_ID,
            "amount": _PRICE,
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


class RefundPart(Part):
    """What goes back to one tender; `refund_id` names the refund of the gateway's money."""

    tender: Text
    amount: Money
    refund_id: Id | None = None
    payment_id: Id | None = None


class Restored(Part):
    """What goes back to a credit, with the expiry that holds from now on (null: never)."""

    credit_id: Id
    amount: Money
    expires_on: Day | None = None


class Trace(Part):
    rule: Text
    because: Text


class CancellationSettled(OfMoney):
    """What a cancellation came to, as decided from the snapshot, with the reasons.

    `cause` is the event that moved the money: cancelled, unseated, transferred or share_due (then
    with `session_id`), `by` is learner, operator or provider. `paid` is what had been paid by then,
    `still_due` what an open invoice still asks for. `otherwise` is the outcome that the policy gave
    where staff decided another. `credit` and `restored` are dated by the last
    day on which they can be used. Where it was transferred, `moved` went to the registration named,
    and the amounts say what was left over: what stays on a credit, not what was given to it.
    """

    type = "cancellation.settled.v1"
    example: ClassVar[dict[str, Any]] = _ABOUT | {
        "invoice_id": reference.INVOICE_ID,
        "cause": "cancelled",
        "by": "learner",
        "requested_at": "2020-10-06T03:59:00Z",
        "settled_at": "2020-10-06T03:59:00Z",
        "policy_version": 1,
        "outcome": "refund",
        "paid": _PRICE,
        "fee": _usd(3000),
        "refunds": [
            {"tender": "card", "amount": _usd(16900), "refund_id": reference.REFUND_ID},
        ],
        "restored": [],
        "credit": None,
        "trace": [
            {
                "rule": "window 1",
                "because": "Received 2020-10-05 23:59 New York, up to 14 days before 2020-10-19.",
            },
            {"rule": "fee", "because": "30.00 for an online course."},
        ],
    }

    invoice_id: Id | None = None
    cause: Text = "cancelled"
    session_id: Id | None = None
    by: Text = "learner"
    requested_at: Instant
    settled_at: Instant
    policy_version: int | Text | None = None
    outcome: Text
    overridden: bool = False
    otherwise: Text | None = None
    paid: Money
    fee: Money
    refunds: tuple[RefundPart, ...] = ()
    restored: tuple[Restored, ...] = ()
    credit: Restored | None = None
    still_due: Money | None = None
    moved: Money | None = None
    to_registration_id: Id | None = None
    to_course_id: Id | None = None
    trace: tuple[Trace, ...] = ()


class RefundRequested(OfMoney):
    """Money is to go back to the tender it came from. `cause`: a cancellation, goodwill, …

    One an attempt: `replaces` is the attempt before it that did not go through.
    """

    type = "refund.requested.v1"
    example: ClassVar[dict[str, Any]] = _ABOUT | {
        "refund_id": reference.REFUND_ID,
        "payment_id": reference.PAYMENT_ID,
        "tender": "card",
        "amount": _usd(16900),
        "cause": "cancelled",
        "requested_at": "2020-10-06T03:59:00Z",
    }

    refund_id: Id
    payment_id: Id | None = None
    tender: Text = "card"
    amount: Money
    cause: Text = "cancelled"
    requested_at: Instant
    replaces: Id | None = None


class RefundSettled(OfMoney):
    """The money went back, as the gateway says, or staff who sent it by a bank.

    A refund that nobody asked for here was made in the gateway's own dashboard. `replaces` is the
    attempt before it that did not go through.
    """

    type = "refund.settled.v1"
    example: ClassVar[dict[str, Any]] = _ABOUT | {
        "refund_id": reference.REFUND_ID,
        "tender": "card",
        "amount": _usd(16900),
        "settled_at": "2020-10-06T03:59:02Z",
    }

    refund_id: Id
    tender: Text = "card"
    amount: Money
    settled_at: Instant
    replaces: Id | None = None


class RefundFailed(OfMoney):
    """It did not go back, perhaps days after it seemed to; the debt is open again.

    `by_hand`: this way is closed for good (an old card), so staff give it back by another.
    """

    type = "refund.failed.v1"
    example: ClassVar[dict[str, Any]] = _ABOUT | {
        "refund_id": reference.REFUND_ID,
        "tender": "card",
        "amount": _usd(16900),
        "reason": "expired-card",
        "failed_at": "2020-10-09T10:00:00Z",
    }

    refund_id: Id
    tender: Text = "card"
    amount: Money
    reason: Slug = "gateway-refused"
    by_hand: bool = False
    failed_at: Instant


class DisputeOpened(OfMoney):
    """The payer told the bank that the payment was not right; refunds stop meanwhile.

    Said once for each registration that the payment was for, `amount` being its part.
    """

    type = "dispute.opened.v1"
    example: ClassVar[dict[str, Any]] = _ABOUT | {
        "dispute_id": "dp_0001",
        "payment_id": reference.PAYMENT_ID,
        "amount": _PRICE,
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
    example: ClassVar[dict[str, Any]] = _ABOUT | {
        "dispute_id": "dp_0001",
        "payment_id": reference.PAYMENT_ID,
        "amount": _PRICE,
        "result": "won",
        "closed_at": "2020-12-01T10:00:00Z",
    }

    dispute_id: Id
    payment_id: Id
    amount: Money
    result: Text
    closed_at: Instant


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


_CREDIT = _ABOUT | {
    "credit_id": reference.CREDIT_ID,
    "holder": {"kind": "person", "id": reference.PERSON_ID},
    "amount": _PRICE,
    "balance": _PRICE,
    "expires_on": "2021-10-06",
}


class CreditIssued(OfCredit):
    """A new credit. It lapses at `expires_at`, the end of `expires_on`.

    `origin` is cancellation, goodwill or transfer; then `transferred_from` is the credit that it
    takes the place of.
    """

    type = "credit.issued.v1"
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
    example: ClassVar[dict[str, Any]] = _CREDIT | {
        "registration_id": "0192a0b0-5c1e-7a10-8f00-00000000b002",
        "course_id": "attachment-effectiveness-2021",
        "amount": _usd(12000),
        "balance": _usd(7900),
        "redeemed_at": "2021-03-01T12:00:00Z",
    }

    redeemed_at: Instant


class CreditRestored(OfCredit):
    """Given back with its old expiry, or a later one where the provider cancelled."""

    type = "credit.restored.v1"
    example: ClassVar[dict[str, Any]] = _CREDIT | {
        "amount": _usd(12000),
        "restored_at": "2021-03-02T12:00:00Z",
    }

    restored_at: Instant


class CreditExpired(OfCredit):
    """Its time is over; `amount` was still left on it."""

    type = "credit.expired.v1"
    example: ClassVar[dict[str, Any]] = _CREDIT | {
        "balance": _usd(0),
        "expired_at": "2021-10-07T04:00:00Z",
    }

    expired_at: Instant


class CreditVoided(OfCredit):
    """Taken back unspent, for instance after a lost dispute."""

    type = "credit.voided.v1"
    example: ClassVar[dict[str, Any]] = _CREDIT | {
        "balance": _usd(0),
        "reason": "dispute-lost",
        "voided_at": "2020-12-01T10:00:00Z",
    }

    reason: Slug = "withdrawn"
    voided_at: Instant
