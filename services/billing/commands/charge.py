"""What one registration is charged on its invoice, less what another brings that is moved to it,
and less the credits that pay for it."""

from __future__ import annotations

from services.billing.commands.account import Account
from services.billing.commands.books import close_books
from services.billing.commands.keep_state import begin_state
from services.billing.commands.move_value import HERE
from services.billing.commands.offered import unusable
from services.billing.commands.posting import post
from services.billing.commands.redeem import redeem_asked
from services.billing.commands.take import say_paid
from services.billing.domain.ledger import DEFERRED, RECEIVABLE, move
from services.billing.domain.share import TRANSFER, share_of
from services.billing.domain.tax import Tax
from services.billing.domain.transfer import move_value
from services.billing.models import Invoice, InvoiceLine, Registration
from shared.contracts.billing import InvoiceIssued, Line
from shared.contracts.registration import RegistrationRequested
from shared.errors import Refusal
from shared.money import Money
from shared.runtime.rows import build
from shared.runtime.work import Work


def charge(work: Work, event: RegistrationRequested, invoice: Invoice) -> None:
    """The lines of one registration on its invoice: booked, and said."""
    registration_id, invoice_id = event.registration_id, invoice.invoice_id
    total, at = event.price, invoice.issued_at
    parts = _parts(event)
    line = {
        "invoice_id": invoice_id,
        "registration_id": registration_id,
        "at": at,
    }
    for number, part in enumerate(parts, 1):
        of = {"kind": part.kind, "description": part.description, "line": number}
        work.put(build(InvoiceLine, line | of | {"amount_minor": part.amount.amount}))
    charged = [(part.kind, part.amount.amount) for part in parts]
    expected = _expected(work, event)
    if expected:
        charged.append((TRANSFER, -expected))
        of = {"kind": TRANSFER, "description": HERE, "line": len(parts) + 1}
        work.put(build(InvoiceLine, line | of | {"amount_minor": -expected}))
    due = Money(total.amount - expected, total.currency)
    lines = move(due.amount, debit=RECEIVABLE, credit=DEFERRED)
    post(work, registration_id, "invoice-issued", invoice_id, lines, total.currency, at)
    account = Account(work, registration_id)
    applied, refused = redeem_asked(account, event)
    work.emit(
        InvoiceIssued(
            registration_id=registration_id,
            course_id=event.course_id,
            person_id=event.person_id,
            invoice_id=invoice_id,
            number=invoice.number,
            lines=(
                *parts,
                *([Line(description=HERE, amount=due - total, kind=TRANSFER)] if expected else []),
            ),
            total=total,
            due=sum((-one.amount for one in applied), due),
            issued_at=at,
            due_at=invoice.due_at,
            payment_method=event.payment_method,
            organisation=event.organisation,
            group_id=event.group_id,
            credits_applied=applied,
            credits_refused=refused,
        )
    )
    if applied and not account.share.due:
        say_paid(account, at)
    spent = sum(one.amount.amount for one in applied)
    begin_state(work, registration_id, share_of(charged, spent))
    close_books(work, registration_id)


def _parts(event: RegistrationRequested) -> list[Line]:
    """What is charged, and of it the tax on a line of its own."""
    tax = Tax.of(event.tax.model_dump(mode="json")) if event.tax else None
    within = Money(tax.of_price(event.price.amount) if tax else 0, event.price.currency)
    course = Line(description=_description(event), amount=event.price - within)
    if tax is None or not within.amount:
        return [course]
    return [course, Line(description=tax.words, amount=within, kind="tax")]


def _description(event: RegistrationRequested) -> str:
    """What is charged: the course, and by which of its prices."""
    return ", ".join(filter(None, (event.course_title, event.price_label)))[:2_000]


def _expected(work: Work, event: RegistrationRequested) -> int:
    """What the registration that is moved here pays of the price: what it really brings.

    That may be less than it was charged: something was given back, or its credit is not good for
    this course. Only where it was not heard of yet is it taken for what it was charged.
    """
    if event.transferred_from is None or event.transferred_price is None:
        return 0
    brought = _brought(work, event, event.transferred_from)
    known = event.transferred_price.amount if brought is None else brought
    return max(0, min(event.price.amount, known))


def _brought(work: Work, event: RegistrationRequested, transferred_from: str) -> int | None:
    """None while that cannot be said: unknown, or what it is itself worth is still to come."""
    known = work.get(Registration, transferred_from)
    if known is None or known.requested_at is None or known.currency != event.price.currency:
        return None
    if known.transferred_from is not None and known.moved_in_at is None:
        return None
    old, at, price = Account(work, transferred_from), event.requested_at, event.price.amount
    try:
        moved = move_value(
            old.standing(),
            at,
            price,
            unusable=unusable(old.spent_credits(), event.course_id, at),
            new_unusable=event.course_id == known.course_id,
        )
    except Refusal:  # a hole in the policy: a human decides, when it is moved
        return None
    return price - moved.to_pay
