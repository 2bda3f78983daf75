"""What was paid, part by part, out of the rows of one registration."""

from __future__ import annotations

from collections import Counter as Sums
from collections.abc import Collection, Iterable, Mapping

from services.billing.domain.decision import CREDIT, Paid
from services.billing.domain.standing import Bought, Schedule, Standing
from services.billing.models import (
    Course,
    Credit,
    CreditEntry,
    Invoice,
    Payment,
    Refund,
    Registration,
    Settlement,
    Terms,
)

SURPLUS = "surplus"  # the cause of refunds of money that never belonged to the invoice


def in_order(payments: Iterable[Payment]) -> list[Payment]:
    """Money that came, in the order in which it was paid."""
    came = [payment for payment in payments if payment.state == "succeeded"]
    return sorted(came, key=lambda payment: (payment.paid_at, payment.payment_id))


def paid_parts(
    payments: Iterable[Payment],
    refunds: Iterable[Refund],
    entries: Iterable[CreditEntry],
    credits_: Mapping[str, Credit],
) -> list[Paid]:
    """What was paid and not given back, tender by tender.

    A refund that failed counts as given back: it is still owed, as a refund.
    """
    back: Sums[str] = Sums()
    for refund in refunds:
        if refund.cause != SURPLUS:
            back[refund.payment_id] += refund.amount_minor
    money = [
        Paid(
            payment.tender,
            payment.applied_minor - back[payment.payment_id],
            None,
            payment.payment_id,
        )
        for payment in in_order(payments)
    ]
    spent = credit_parts(entries, credits_, {"redeemed", "restored"})
    return [part for part in [*money, *spent] if part.amount > 0]


def credit_parts(
    entries: Iterable[CreditEntry], credits_: Mapping[str, Credit], kinds: Collection[str]
) -> list[Paid]:
    """What was spent of each credit, by the kinds of entries that count."""
    spent: Sums[str] = Sums()
    for entry in entries:
        if entry.kind in kinds:
            spent[entry.credit_id] -= entry.amount_minor
    return [
        Paid(CREDIT, amount, credits_[credit_id].expires_on, credit_id)
        for credit_id, amount in spent.items()
    ]


def still_due(invoice: Invoice | None, payments: Iterable[Payment]) -> int:
    """What an open invoice still asks for."""
    if invoice is None or invoice.state != "open":
        return 0
    return invoice.due_minor - sum(payment.applied_minor for payment in payments)


def was_confirmed(registration: Registration, settlements: Iterable[Settlement]) -> bool:
    """Whether the seat was taken; a cancellation may be heard of before the confirmation is."""
    ends = (s for s in settlements if s.cause == "cancelled")
    return registration.confirmed_at is not None or any(end.was == "confirmed" for end in ends)


def standing_of(
    registration: Registration,
    terms: Terms | None,
    course: Course | None,
    *,
    paid: list[Paid],
    due: int,
    confirmed: bool,
) -> Standing:
    """The same for a quote, that only reads, and for a decision under the lock."""
    return Standing(
        bought=terms
        and Bought(
            policy=terms.policy,
            kind=terms.kind,
            starts_at=terms.starts_at,
            course_version=terms.course_version,
        ),
        course=course and Schedule(course.version, course.starts_at),
        paid=paid,
        due=due,
        currency=registration.currency,
        payment_method=registration.payment_method,
        confirmed=confirmed,
    )
