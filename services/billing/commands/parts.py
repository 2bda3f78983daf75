"""What was paid, part by part, out of the rows of one registration."""

from __future__ import annotations

from collections import Counter as Sums
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from services.billing.domain.decision import CREDIT, Paid
from services.billing.domain.share import Share, share_of
from services.billing.domain.standing import Bought, Schedule, Standing
from services.billing.models import (
    Course,
    Credit,
    CreditEntry,
    InvoiceLine,
    Payment,
    PaymentPart,
    Refund,
    Registration,
    Settlement,
    Terms,
)

_CONFIRMED_BEFORE = ("cancelled", "share_due/", "transferred")
LOST = "lost"  # the failure of refunds whose money a bank has taken itself
DASHBOARD = "dashboard"  # the cause of refunds that were made at the gateway itself
SURPLUS = "surplus"  # the cause of refunds of money that never belonged to the invoice


@dataclass(frozen=True)
class Came:
    """Money that came for one registration: its part of a payment."""

    payment: Payment
    part: PaymentPart


Of = TypeVar("Of", InvoiceLine, PaymentPart)


def by_registration(rows: Iterable[Of]) -> dict[str, list[Of]]:
    """Rows of a whole invoice, each registration's together."""
    found: dict[str, list[Of]] = {}
    for row in rows:
        found.setdefault(row.registration_id, []).append(row)
    return found


def came_by(payments: Iterable[Payment], parts: Iterable[PaymentPart]) -> list[Came]:
    """One registration's parts, in the order in which they were paid."""
    by_id = {payment.payment_id: payment for payment in payments}
    came = [Came(by_id[part.payment_id], part) for part in parts]
    return sorted(came, key=lambda each: (each.payment.paid_at, each.payment.payment_id))


def paid_parts(
    came: Iterable[Came],
    refunds: Iterable[Refund],
    entries: Iterable[CreditEntry],
    credits_: Mapping[str, Credit],
) -> list[Paid]:
    """What was paid for one registration and not given back, tender by tender.

    A refund that failed counts as given back: it is still owed, as a refund. What a bank took back,
    for now or for good, is not there to be given.
    """
    back: Sums[str] = Sums()
    for refund in debts(refunds):
        if refund.cause != SURPLUS:
            back[refund.payment_id] += refund.amount_minor
    money = [
        Paid(
            each.payment.tender,
            each.part.applied_minor - each.part.disputed_minor - back[each.payment.payment_id],
            None,
            each.payment.payment_id,
        )
        for each in came
    ]
    spent = credit_parts(entries, credits_, {"redeemed", "restored"})
    return [part for part in [*money, *spent] if part.amount > 0]


def debts(refunds: Iterable[Refund]) -> list[Refund]:
    """Each debt once, by its newest attempt: given back, on its way, or failed and still owed.

    No debt any more is one that a bank has settled itself, by a dispute that was lost.
    """
    known = list(refunds)
    replaced = {refund.replaces for refund in known}
    return [
        refund
        for refund in known
        if refund.refund_id not in replaced
        and not (refund.state == "failed" and refund.failure == LOST)
    ]


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


def spent_entries(entries: Iterable[CreditEntry]) -> list[CreditEntry]:
    """What was spent of credits, but for what was released again before it paid for anything."""
    rows = list(entries)
    released = {entry.corrects for entry in rows if entry.kind == "restored"}
    return [row for row in rows if row.kind == "redeemed" and row.entry_id not in released]


def share_from(
    lines: Iterable[InvoiceLine], parts: Iterable[PaymentPart], entries: Iterable[CreditEntry]
) -> Share:
    """How one registration stands with its invoice; a credit that was released pays nothing."""
    redeemed = -sum(entry.amount_minor for entry in spent_entries(entries))
    paid = redeemed + sum(part.applied_minor for part in parts)
    return share_of([(line.kind, line.amount_minor) for line in lines], paid)


def was_confirmed(registration: Registration, settlements: Iterable[Settlement]) -> bool:
    """Whether the seat was taken; its end may be heard of before the confirmation is."""
    if registration.confirmed_at is not None:
        return True
    return any(
        said.was == "confirmed" and said.cause.startswith(_CONFIRMED_BEFORE) for said in settlements
    )


def awaits_value(registration: Registration, settlements: Iterable[Settlement]) -> bool:
    """Whether what another registration brings is still to come: that one was moved here."""
    if registration.transferred_from is None or registration.moved_in_at is not None:
        return False
    return was_confirmed(registration, settlements)


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
        course=course
        and Schedule(
            course.version, course.starts_at, course.status == "cancelled", course.cancelled_at
        ),
        paid=paid,
        due=due,
        currency=registration.currency,
        payment_method=registration.payment_method,
        confirmed=confirmed,
        newer=_newer(terms, course),
    )


def _newer(terms: Terms | None, course: Course | None) -> dict[str, Any] | None:
    """The policy in force, where the course has another by now than the one that was bought."""
    if terms is None or course is None or course.policy is None:
        return None
    if course.version <= terms.course_version:
        return None
    same = course.policy.get("version") == terms.policy.get("version")
    return None if same else course.policy
