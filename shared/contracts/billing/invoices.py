"""What is asked for, and what came of it."""

from __future__ import annotations

from typing import Any, ClassVar

from shared.contracts import reference
from shared.contracts.billing.base import ABOUT, INVOICE, PRICE, OfMoney, Tender
from shared.contracts.event import Id, Instant, Money, Part, Slug, Text


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


class InvoiceIssued(OfMoney):
    """What a registration is charged; `due` is `total` less the credits taken at once.

    Said once for each registration of the invoice: `lines` and `total` are that registration's.
    """

    type = "invoice.issued.v1"
    when = "When billing hears that a seat with a price is held: what is charged for it."
    never = "A receipt, or the whole of a group's invoice."
    example: ClassVar[dict[str, Any]] = (
        ABOUT
        | INVOICE
        | {
            "lines": [{"description": reference.COURSE["title"], "amount": PRICE, "quantity": 1}],
            "total": PRICE,
            "due": PRICE,
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
    when = "When nothing of a registration's share is open any more."
    never = "A part payment. Nor final: a refund or a dispute may follow."
    example: ClassVar[dict[str, Any]] = (
        ABOUT
        | INVOICE
        | {
            "lines": [{"description": reference.COURSE["title"], "amount": PRICE, "quantity": 1}],
            "total": PRICE,
            "tenders": [
                {"tender": "card", "amount": PRICE, "payment_id": reference.PAYMENT_ID},
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
    when = (
        "When what was never paid is not asked for any more: the hold ended, or it was cancelled "
        "before."
    )
    never = "A refund: no money goes back by it."
    example: ClassVar[dict[str, Any]] = (
        ABOUT
        | INVOICE
        | {"total": PRICE, "voided_at": "2020-09-14T15:34:05Z", "reason": "hold-ended"}
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
    when = "When an employer's open invoice is nearly due, due or overdue."
    never = "Said of a card's hold, or of an order of many."
    example: ClassVar[dict[str, Any]] = (
        ABOUT
        | INVOICE
        | {
            "due": PRICE,
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
