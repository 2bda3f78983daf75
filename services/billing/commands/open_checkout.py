"""Opening a page at the gateway on which an invoice can be paid.

The page is opened before the row is written, under a key that follows from the invoice and what it
asks for: a crash in between, or a second asking, leads to the same page.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.billing.commands.account import Account, account_needs
from services.billing.domain.seen import CheckoutSeen
from services.billing.models import Checkout, Invoice, Registration
from shared.errors import Conflict, NotFound, Unavailable
from shared.runtime.plans import Plan, needs
from shared.runtime.work import Work


@dataclass(frozen=True)
class OpenCheckout:
    """`page` and its key are absent where there seemed to be nothing to pay: then this refuses."""

    registration_id: str
    gateway: str
    page: CheckoutSeen | None
    key: str


class NothingToPay(Conflict):
    """Free, paid already, or not to be paid any more."""

    slug = "nothing-to-pay"


def key_of(invoice_id: str, due_minor: int) -> str:
    """The key of the page for what an invoice asks for now."""
    return f"checkout:{invoice_id}:{due_minor}"


def _needs(wanted: OpenCheckout) -> Plan:
    return [*(yield from account_needs(wanted.registration_id)), (Checkout, wanted.key)]


@needs(_needs)
async def open_checkout(work: Work, wanted: OpenCheckout) -> str:
    """The address of the page; refuses where nothing is to be paid."""
    if work.get(Registration, wanted.registration_id) is None:
        raise NotFound("registration-unknown", "Billing knows no such registration.")
    account = Account(work, wanted.registration_id)
    invoice = account.invoice
    why = refusal(invoice, account.still_due())
    if why is not None or invoice is None:
        raise why or NothingToPay
    if wanted.page is None or wanted.key != key_of(invoice.invoice_id, account.still_due()):
        raise Unavailable("checkout-changed", "What is to be paid has just changed; try again.")
    if work.get(Checkout, wanted.key) is None:
        work.put(
            Checkout(
                checkout_id=wanted.key,
                registration_id=wanted.registration_id,
                invoice_id=invoice.invoice_id,
                gateway=wanted.gateway,
                amount_minor=account.still_due(),
                currency=invoice.currency,
                created_at=work.now,
            )
        )
    return wanted.page.url


def refusal(invoice: Invoice | None, due_minor: int) -> Conflict | None:
    """Why an invoice cannot be paid now, if it cannot."""
    if invoice is None:
        return NothingToPay("This registration is free of charge.")
    if invoice.state == "paid":
        return NothingToPay("This invoice is paid.")
    if invoice.state == "void":
        return NothingToPay("This invoice was withdrawn: the seat is not held any more.")
    return None if due_minor > 0 else NothingToPay("Nothing is left to pay.")
