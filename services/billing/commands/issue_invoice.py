"""`registration.requested` → the snapshot is kept, an invoice issued. The hot path of billing."""

from __future__ import annotations

from datetime import timedelta

from services.billing.commands.account_needs import account_needs, accounts_need
from services.billing.commands.charge import charge
from services.billing.commands.earn import earn
from services.billing.commands.group_orders import count, group_needs, invoice_of
from services.billing.commands.number import number_for, said_number
from services.billing.commands.redeem import redeem_needs
from services.billing.commands.remind import plan_reminders
from services.billing.commands.settle import review
from services.billing.models import (
    Counter,
    HeldSession,
    Invoice,
    LedgerEntry,
    Registration,
    Terms,
)
from shared.contracts.registration import RegistrationRequested
from shared.runtime.plans import Plan, Wanted, needs
from shared.runtime.rows import build, replace, where
from shared.runtime.work import Work

PAY_WITHIN = timedelta(days=30)  # an employer's invoice
_SCHEDULE = {"schedule"}


def _needs(event: RegistrationRequested) -> Plan:
    [known] = yield [(Registration, event.registration_id)]
    series = [_series(event), said_number(event.registration_id)] if event.price.amount > 0 else []
    number = [(Counter, one) for one in series]
    billed: list[Wanted] = [*group_needs(event), *number]
    if event.credit_ids:
        billed += yield from redeem_needs(event)
    if event.transferred_from is not None:
        both = yield from accounts_need([event.registration_id, event.transferred_from])
        return [*billed, *both, where(HeldSession, course_id=event.course_id)]
    if known is None and event.tax is not None:
        return [*billed, where(LedgerEntry, registration_id=event.registration_id)]
    if known is None:
        return billed
    return [*billed, *(yield from account_needs(event.registration_id))]


@needs(_needs)
async def issue_invoice(work: Work, event: RegistrationRequested) -> None:
    """Keep the snapshot, number an invoice, book it; then decide what was heard too early."""
    known = work.get(Registration, event.registration_id)
    if known is not None and known.requested_at is not None:
        return
    invoice_id = _invoice_id(work, event) if event.price.amount > 0 else None
    work.put(_registration(event, known, invoice_id))
    work.put(_terms(event))
    if event.group_id is not None:
        count(work, event)
    if invoice_id is not None:
        issue(work, invoice_id, event)
    if known is not None:
        review(work, event.registration_id)
    if event.transferred_from is not None:
        _take_along(work, event.registration_id, event.transferred_from)


def _take_along(work: Work, registration_id: str, transferred_from: str) -> None:
    """Where it was heard before that the other one was moved here, its value comes now."""
    if work.get(Registration, transferred_from) is not None:
        review(work, transferred_from)
        new = work.get(Registration, registration_id)
        assert new is not None
        earn(work, new)


def _invoice_id(work: Work, event: RegistrationRequested) -> str:
    return invoice_of(event.group_id) if event.group_id is not None else work.new_id("invoice")


def issue(work: Work, invoice_id: str, event: RegistrationRequested) -> None:
    """An invoice for this registration, or its lines on the invoice of its group.

    Whatever is booked and said is booked and said for each, with its own amounts.
    """
    begun = work.get(Invoice, invoice_id) if event.group_id is not None else None
    invoice = begun or _begin(work, invoice_id, event)
    if invoice.currency != event.price.currency:
        raise ArithmeticError(f"two currencies on one invoice, of {event.registration_id}")
    charge(work, event, invoice)


def _begin(work: Work, invoice_id: str, event: RegistrationRequested) -> Invoice:
    """The head of an invoice, with the next number."""
    pays_later = event.payment_method == "invoice" and event.hold_expires_at is None
    head = {
        "invoice_id": invoice_id,
        "number": number_for(work, _series(event), event.registration_id),
        "currency": event.price.currency,
        "method": event.payment_method,
        "issued_at": event.requested_at,
        "due_at": event.requested_at + PAY_WITHIN if pays_later else event.hold_expires_at,
    }
    invoice = build(Invoice, head)
    work.put(invoice)
    if pays_later and invoice.due_at is not None:
        plan_reminders(work, invoice_id, invoice.due_at)
    return invoice


def _registration(
    event: RegistrationRequested, known: Registration | None, invoice_id: str | None
) -> Registration:
    facts = {
        "payer_id": event.person_id,
        "organisation": event.organisation,
        "payment_method": event.payment_method,
        "price_minor": event.price.amount,
        "currency": event.price.currency,
        "invoice_id": invoice_id,
        "group_id": event.group_id,
        "requested_at": event.requested_at,
        "transferred_from": event.transferred_from,
        "role": event.role or None,
    }
    if known is not None:
        version = max(known.token_version, event.token_version)
        return replace(known, token_version=version, **facts)
    # Rows of the hot path are built without validation: the event was validated already.
    return build(
        Registration,
        {
            "registration_id": event.registration_id,
            "course_id": event.course_id,
            "person_id": event.person_id,
            "token_version": event.token_version,
            "confirmed_at": None,
            "basis": None,
            "expired_at": None,
            "completed_at": None,
            "transferred_to": None,
            "moved_in_at": None,
            "credits_refused": None,
            "invoice_state": None,
            **facts,
        },
    )


def _terms(event: RegistrationRequested) -> Terms:
    terms = {
        "registration_id": event.registration_id,
        "kind": event.kind,
        "course_version": event.course_version,
        "starts_at": event.starts_at,
        "schedule": event.model_dump(mode="json", include=_SCHEDULE)["schedule"],
        "policy": event.policy,
        "tax": event.tax.model_dump(mode="json") if event.tax else None,
    }
    return build(Terms, terms)


def _series(event: RegistrationRequested) -> str:
    return f"invoice/{event.requested_at.year}"
