"""Billing's tables, in the order in which a batch locks them: the registration guards the rest.

Invoices, the ledger and the entries of credits are append-only; the database sees to it, and to it
that every ledger transaction balances per currency (domain.md §3).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from services.billing.domain.share import KINDS
from shared.runtime.tables import Json, service_base, table


class Base(service_base("billing")):  # type: ignore[misc]
    """The base of billing's rows."""


@table("registrations", Index(None, "course_id"))
class Registration(Base):
    """What billing knows of a registration. A stub until `registration.requested` was heard.

    `payer_id` is the person at purchase, `person_id` who holds the seat now. `moved_in_at` is when
    the value of the registration that it was `transferred_from` was taken over, whatever that was.
    """

    registration_id: str = Field(primary_key=True)
    course_id: str
    person_id: str
    payer_id: str
    organisation: str | None = None
    payment_method: str | None = None
    price_minor: int = 0
    currency: str = ""
    invoice_id: str | None = None
    group_id: str | None = None
    token_version: int = 0
    requested_at: datetime | None = None
    confirmed_at: datetime | None = None
    basis: str | None = None
    expired_at: datetime | None = None
    completed_at: datetime | None = None
    transferred_from: str | None = None
    transferred_to: str | None = None
    moved_in_at: datetime | None = None


@table("terms")
class Terms(Base):
    """The snapshot that rules a registration for ever; written once, as requested."""

    registration_id: str = Field(primary_key=True)
    kind: str
    course_version: int
    starts_at: datetime
    schedule: list[dict[str, Any]] = Json()
    policy: dict[str, Any] = Json()


@table("group_orders")
class GroupOrder(Base):
    """An order of many, by the one invoice that they are on: it guards that invoice.

    Its `size` members are heard of one by one, in any order and by any process; until all of them
    were, the invoice is still being made out.
    """

    invoice_id: str = Field(primary_key=True)
    group_id: str
    size: int
    heard: int


@table("invoices", UniqueConstraint("number"), append_only=True)
class Invoice(Base):
    """The head of an invoice, written once: what it asks for is in its lines.

    It may be for many registrations; how each of them stands with it is its share
    (`domain/share.py`), from its own lines and its own parts of payments.
    """

    invoice_id: str = Field(primary_key=True)
    number: str
    currency: str
    method: str
    issued_at: datetime
    due_at: datetime | None = None


@table(
    "invoice_lines",
    CheckConstraint(f"kind in ({', '.join(repr(kind) for kind in KINDS)})", name="kind"),
    Index(None, "registration_id"),
    append_only=True,
)
class InvoiceLine(Base):
    """What one registration is charged, and what of that is not asked for any more; signed.

    Only ever added to: `line` counts within a registration's share of the invoice.
    """

    invoice_id: str = Field(primary_key=True)
    registration_id: str = Field(primary_key=True)
    line: int = Field(primary_key=True)
    kind: str
    description: str
    amount_minor: int
    at: datetime


@table("checkouts", Index(None, "invoice_id"))
class Checkout(Base):
    """A page at the gateway on which an invoice can be paid; its id is the key we send."""

    checkout_id: str = Field(primary_key=True)
    invoice_id: str
    gateway: str
    amount_minor: int
    currency: str
    created_at: datetime


@table(
    "payments",
    CheckConstraint("state in ('succeeded', 'failed')", name="state"),
    CheckConstraint("returned_minor between 0 and amount_minor", name="returned"),
    Index(None, "invoice_id"),
)
class Payment(Base):
    """A payment as the gateway knows it, under the gateway's id.

    `invoice_id` is the reference it was made for. `returned_minor` is what was given back of it or
    is on its way, whoever of the invoice it is for, in `refunds` attempts: the row guards them all.
    `paid_at` is never later than when we heard of it.
    """

    payment_id: str = Field(primary_key=True)
    invoice_id: str
    gateway: str
    tender: str
    amount_minor: int
    returned_minor: int = 0
    refunds: int = 0
    currency: str
    state: str
    paid_at: datetime
    reason: str = ""


@table(
    "payment_parts",
    CheckConstraint("applied_minor between 0 and amount_minor", name="applied"),
    Index(None, "registration_id"),
    Index(None, "invoice_id"),
)
class PaymentPart(Base):
    """What of a payment is one registration's; the parts together are the payment.

    `applied_minor` went to its share of the invoice; what did not was given back.
    """

    payment_id: str = Field(primary_key=True)
    registration_id: str = Field(primary_key=True)
    invoice_id: str
    amount_minor: int
    applied_minor: int


@table("settlements")
class Settlement(Base):
    """A fact that moves money (a cancellation, a lost seat, a share), and what it came to.

    Settled again only where a payment turns up later that had been made before the request.
    `waiting_minor` is a credit that waits for an employer's open invoice to be paid.
    """

    registration_id: str = Field(primary_key=True)
    cause: str = Field(primary_key=True)  # cancelled, unseated, transferred, share_due/<session>
    requested_at: datetime
    by: str
    was: str
    prefer: str | None = None
    override: dict[str, Any] | None = Json(default=None)
    minutes: list[int] | None = Json(default=None)  # of the session, of all sessions
    settled_at: datetime | None = None
    outcome: str | None = None
    paid_minor: int = 0
    fee_minor: int = 0
    decided: dict[str, Any] | None = Json(default=None)
    waiting_minor: int = 0
    waiting_until: date | None = None


@table(
    "refunds",
    CheckConstraint(
        "state in ('requested', 'submitted', 'succeeded', 'failed', 'unknown')", name="state"
    ),
    CheckConstraint("amount_minor > 0", name="amount"),
    Index(None, "registration_id"),
)
class Refund(Base):
    """One attempt to give a registration's money back out of a payment.

    Its id, `refund:{payment}:{n}`, is the key at the gateway.
    """

    refund_id: str = Field(primary_key=True)
    payment_id: str
    registration_id: str
    gateway: str
    tender: str
    amount_minor: int
    currency: str
    state: str
    cause: str
    reason: str = ""
    requested_by: str = ""
    gateway_ref: str | None = None
    requested_at: datetime
    settled_at: datetime | None = None


@table(
    "credits",
    CheckConstraint("balance_minor >= 0", name="balance"),
    CheckConstraint("state in ('active', 'frozen', 'expired', 'voided')", name="state"),
    UniqueConstraint("code_hash"),
    Index(None, "registration_id"),
)
class Credit(Base):
    """A credit: owner, origin and terms as issued; the balance is the sum of its entries.

    `expires_on` is its last day and `expires_at` the end of that; none where its terms name no end.
    The code is computed where it is shown; only its hash is here, to be found by (it is written a
    moment after issuing, because handlers of events hold no secret).
    """

    credit_id: str = Field(primary_key=True)
    code_hash: str | None = None
    holder_kind: str
    holder_id: str
    registration_id: str
    course_id: str
    currency: str
    amount_minor: int
    balance_minor: int
    state: str
    expires_on: date | None = None
    expires_at: datetime | None = None
    issued_at: datetime
    terms: dict[str, Any] = Json()


@table(
    "credit_entries",
    CheckConstraint("kind in ('issued', 'redeemed', 'restored', 'expired', 'voided')", name="kind"),
    Index(None, "credit_id"),
    Index(None, "registration_id"),
    append_only=True,
)
class CreditEntry(Base):
    """One movement of a credit, signed; `registration_id` is where it came from or went to."""

    entry_id: str = Field(primary_key=True)
    credit_id: str
    registration_id: str
    kind: str
    amount_minor: int
    currency: str
    occurred_at: datetime
    corrects: str | None = None


@table("ledger_transactions", append_only=True)
class LedgerTransaction(Base):
    """One movement of money; `ref` names what it is about, `corrects` an earlier transaction.

    It happened at `occurred_at`, and was written down at `booked_at` (both business time).
    """

    transaction_id: str = Field(primary_key=True)
    registration_id: str
    kind: str
    ref: str
    occurred_at: datetime
    booked_at: datetime
    corrects: str | None = None


@table("ledger_entries", Index(None, "registration_id"), append_only=True)
class LedgerEntry(Base):
    """One line of a transaction: signed minor units on an account (`domain/ledger.py`)."""

    transaction_id: str = Field(primary_key=True)
    line: int = Field(primary_key=True)
    registration_id: str
    account: str
    amount_minor: int
    currency: str


@table("gateway_events")
class GatewayEvent(Base):
    """A webhook that was received: a hint to look something up, kept so that it is taken once."""

    gateway: str = Field(primary_key=True)
    event_id: str = Field(primary_key=True)
    type: str
    object_id: str
    received_at: datetime


@table("courses")
class Course(Base):
    """A copy of what a later move of a course changes for its learners."""

    course_id: str = Field(primary_key=True)
    version: int
    status: str
    starts_at: datetime | None = None
    cancelled_at: datetime | None = None


@table("held_sessions")
class HeldSession(Base):
    """A session that was held: its share of what was paid is earned."""

    course_id: str = Field(primary_key=True)
    session_id: str = Field(primary_key=True)
    completed_at: datetime


@table("people")
class Person(Base):
    """Whom an invoice names. Erased for ever: only the mark is left, whatever is heard again."""

    person_id: str = Field(primary_key=True)
    version: int = 0
    name: str = ""
    erased: bool = False


@table("counters")
class Counter(Base):
    """The last number given in a series: locked last, and given back if the batch is."""

    series: str = Field(primary_key=True)
    last: int
