"""What `billing_registrations` holds; how to read it says the package.

Generated (`make contracts`): do not edit.
"""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from pydantic import AwareDatetime

from holdfast_client.base import Data, Part
from holdfast_client.models.parts import Money


class CreditApplied(Part):
    credit_id: str
    amount: Money


class CreditRefused(Part):
    """A credit asked for and not taken: unknown, expired, empty, frozen, voided, same-course,
    other-currency, not-transferable, not-for-this-product.
    """

    credit_id: str
    reason: str


class Line(Part):
    """`kind`: course, discount, tax, fee, credit_note (a negative amount)."""

    description: str
    amount: Money
    quantity: int | None = None
    kind: str | None = None


class Payer(Part):
    """Who paid: `kind` is person or organisation, `id` the person's or its name."""

    id: str
    kind: str | None = None


class RefundPart(Part):
    """What goes back to one tender; `refund_id` names the refund of the gateway's money."""

    tender: str
    amount: Money
    refund_id: str | None = None
    payment_id: str | None = None


class Restored(Part):
    """What goes back to a credit, with the expiry that holds from now on (null: never)."""

    credit_id: str
    amount: Money
    expires_on: date | None = None


class Tender(Part):
    """A way in which part of it was paid."""

    tender: str
    amount: Money
    payment_id: str | None = None
    credit_id: str | None = None
    credit_expires_on: date | None = None


class Trace(Part):
    """One step of the reasons: the rule, and why in an English sentence.

    `values` are the figures in it by name, so that it can be said in another language: money as
    elsewhere, moments in RFC 3339, days as dates, words of the policy. Empty in older facts.
    """

    rule: str
    because: str
    values: dict[str, Any] | None = None


class CancellationSettled(Data):
    """What a cancellation came to, as decided from the snapshot, with the reasons.

    `cause` is the event that moved the money: cancelled, unseated, transferred or share_due
    (then with `session_id`), `by` is learner, operator or provider. `paid` is what had been
    paid by then, `still_due` what an open invoice still asks for. `otherwise` is the outcome
    that the policy gave where staff decided another. `credit` and `restored` are dated by the
    last day on which they can be used. Where it was transferred, `moved` went to the
    registration named, and the amounts say what was left over: what stays on a credit, not what
    was given to it. `payer` is who paid, and gets what is given back: a colleague who came
    instead does not.

    When billing has decided what is given back and kept; again where it is decided anew.

    Never: Money that has arrived: each refund says for itself whether it did.
    """

    TYPE: ClassVar[str] = "cancellation.settled.v1"

    registration_id: str
    course_id: str
    person_id: str
    invoice_id: str | None = None
    cause: str | None = None
    session_id: str | None = None
    by: str | None = None
    requested_at: AwareDatetime | None = None
    settled_at: AwareDatetime | None = None
    policy_version: int | str | None = None
    outcome: str | None = None
    overridden: bool | None = None
    otherwise: str | None = None
    paid: Money | None = None
    fee: Money | None = None
    refunds: tuple[RefundPart, ...] | None = None
    restored: tuple[Restored, ...] | None = None
    credit: Restored | None = None
    still_due: Money | None = None
    moved: Money | None = None
    to_registration_id: str | None = None
    to_course_id: str | None = None
    payer: Payer | None = None
    trace: tuple[Trace, ...] | None = None


class DisputeClosed(Data):
    """The bank decided: `result` is won or lost. Said as `dispute.opened` was.

    When the bank has decided.

    Never: A refund: what was lost, the bank took by itself.
    """

    TYPE: ClassVar[str] = "dispute.closed.v1"

    registration_id: str
    course_id: str
    person_id: str
    dispute_id: str | None = None
    payment_id: str | None = None
    amount: Money | None = None
    result: str | None = None
    closed_at: AwareDatetime | None = None


class DisputeOpened(Data):
    """The payer told the bank that the payment was not right; refunds stop meanwhile.

    Said once for each registration that the payment was for, `amount` being its part.

    When the bank tells of a dispute about a payment.

    Never: A cancellation or a refund: the registration stands.
    """

    TYPE: ClassVar[str] = "dispute.opened.v1"

    registration_id: str
    course_id: str
    person_id: str
    dispute_id: str | None = None
    payment_id: str | None = None
    amount: Money | None = None
    reason: str | None = None
    opened_at: AwareDatetime | None = None


class InvoiceIssued(Data):
    """What a registration is charged; `due` is `total` less the credits taken at once.

    Said once for each registration of the invoice: `lines` and `total` are that registration's.

    When billing hears that a seat with a price is held: what is charged for it.

    Never: A receipt, or the whole of a group's invoice.
    """

    TYPE: ClassVar[str] = "invoice.issued.v1"

    registration_id: str
    course_id: str
    person_id: str
    invoice_id: str
    number: str | None = None
    lines: tuple[Line, ...] | None = None
    total: Money | None = None
    due: Money | None = None
    issued_at: AwareDatetime | None = None
    due_at: AwareDatetime | None = None
    payment_method: str | None = None
    organisation: str | None = None
    group_id: str | None = None
    credits_applied: tuple[CreditApplied, ...] | None = None
    credits_refused: tuple[CreditRefused, ...] | None = None


class InvoicePaid(Data):
    """A registration's share of an invoice is paid in full, by these tenders.

    Said once for each registration of the invoice: `lines` and `total` are that registration's.

    When nothing of a registration's share is open any more.

    Never: A part payment. Nor final: a refund or a dispute may follow.
    """

    TYPE: ClassVar[str] = "invoice.paid.v1"

    registration_id: str
    course_id: str
    person_id: str
    invoice_id: str
    number: str | None = None
    lines: tuple[Line, ...] | None = None
    total: Money | None = None
    tenders: tuple[Tender, ...] | None = None
    credits_refused: tuple[CreditRefused, ...] | None = None
    organisation: str | None = None
    paid_at: AwareDatetime | None = None


class InvoiceReminded(Data):
    """An open invoice on account is to be paid soon, or is overdue: `level` counts from 1.

    `due` is what it still asks for. Not said of an order of many, which has no address: staff
    are asked to see to that (`task.opened`, invoice-overdue).

    When an employer's open invoice is nearly due, due or overdue.

    Never: Said of a card's hold, or of an order of many.
    """

    TYPE: ClassVar[str] = "invoice.reminded.v1"

    registration_id: str
    course_id: str
    person_id: str
    invoice_id: str
    number: str | None = None
    due: Money | None = None
    due_at: AwareDatetime | None = None
    level: int | None = None
    organisation: str | None = None
    reminded_at: AwareDatetime | None = None


class InvoiceVoided(Data):
    """A registration's share of an invoice was withdrawn before it was paid.

    Said for that registration alone: others of the invoice may stay as they are.

    When what was never paid is not asked for any more: the hold ended, or it was cancelled
    before.

    Never: A refund: no money goes back by it.
    """

    TYPE: ClassVar[str] = "invoice.voided.v1"

    registration_id: str
    course_id: str
    person_id: str
    invoice_id: str
    number: str | None = None
    total: Money | None = None
    voided_at: AwareDatetime | None = None
    reason: str | None = None


class PaymentFailed(Data):
    """A try to pay that failed; `reason` is the gateway's code, or `gateway-refused`.

    Said once for each registration that it would have paid for, `amount` being its part.

    When a try to pay did not go through.

    Never: The end of the seat: the hold runs on, and the learner may try again.
    """

    TYPE: ClassVar[str] = "payment.failed.v1"

    registration_id: str
    course_id: str
    person_id: str
    invoice_id: str
    number: str | None = None
    payment_id: str | None = None
    amount: Money | None = None
    reason: str | None = None
    failed_at: AwareDatetime | None = None


class RefundFailed(Data):
    """It did not go back, perhaps days after it seemed to; the debt is open again.

    `by_hand`: this way is closed for good (an old card), so staff give it back by another.
    `payer` is whom it is owed.

    When the gateway says that it did not go back, at once or days later.

    Never: The end of the debt: another attempt follows, or staff give it back by hand.
    """

    TYPE: ClassVar[str] = "refund.failed.v1"

    registration_id: str
    course_id: str
    person_id: str
    refund_id: str | None = None
    tender: str | None = None
    amount: Money | None = None
    reason: str | None = None
    by_hand: bool | None = None
    failed_at: AwareDatetime | None = None
    payer: Payer | None = None


class RefundRequested(Data):
    """Money is to go back to the tender it came from. `cause`: a cancellation, goodwill, …

    One an attempt: `replaces` is the attempt before it that did not go through. `payer` is who
    paid and has it back: not always `person_id`, where a colleague came instead.

    When money is to go back, before the gateway is asked; once for each attempt.

    Never: Money that went back.
    """

    TYPE: ClassVar[str] = "refund.requested.v1"

    registration_id: str
    course_id: str
    person_id: str
    refund_id: str | None = None
    payment_id: str | None = None
    tender: str | None = None
    amount: Money | None = None
    cause: str | None = None
    requested_at: AwareDatetime | None = None
    replaces: str | None = None
    payer: Payer | None = None


class RefundSettled(Data):
    """The money went back, as the gateway says, or staff who sent it by a bank.

    A refund that nobody asked for here was made in the gateway's own dashboard. `replaces` is
    the attempt before it that did not go through.

    When the gateway, or staff who used a bank, say that it went back.

    Never: Final: banks return money days later, and then it is `refund.failed`.
    """

    TYPE: ClassVar[str] = "refund.settled.v1"

    registration_id: str
    course_id: str
    person_id: str
    refund_id: str | None = None
    tender: str | None = None
    amount: Money | None = None
    settled_at: AwareDatetime | None = None
    replaces: str | None = None
    payer: Payer | None = None
