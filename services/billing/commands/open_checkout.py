"""Opening a page at the gateway on which an invoice can be paid.

The gateway is called while no transaction is open, and before the row is written, under a key that
follows from the invoice and what it asks for: a crash in between, or a second asking, leads to the
same page. What was judged for the call is judged again under the lock; if something was paid
meanwhile the caller is asked to try again, and nobody is sent to the page.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from services.billing.commands.account import Account, account_needs
from services.billing.commands.parts import still_due
from services.billing.domain.seen import CheckoutSeen
from services.billing.models import Checkout, Invoice, Payment, Registration
from shared.errors import Conflict, NotFound, Unavailable
from shared.runtime.database import Reader
from shared.runtime.plans import Plan, needs
from shared.runtime.rows import where
from shared.runtime.work import Work


@dataclass(frozen=True)
class Asked:
    """What the gateway is to open a page for; the same key leads to the same page."""

    key: str
    amount_minor: int
    currency: str
    reference: str


Opens = Callable[[Asked], Awaitable[CheckoutSeen]]


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


async def page_for(
    reader: Reader, registration_id: str, gateway: str, opens: Opens
) -> OpenCheckout:
    """What `open_checkout` is then asked; `opens` is called where something seems to be due.

    No transaction is open here, and nothing is written.
    """
    known = await reader.get(Registration, registration_id)
    invoice_id = known.invoice_id if known else None
    invoice = await reader.get(Invoice, invoice_id) if invoice_id else None
    paid = await reader.find(where(Payment, registration_id=registration_id))
    due = still_due(invoice, paid)
    if invoice is None or refusal(invoice, due) is not None:
        return OpenCheckout(registration_id, gateway, None, "")
    key = key_of(invoice.invoice_id, due)
    page = await opens(Asked(key, due, invoice.currency, registration_id))
    return OpenCheckout(registration_id, gateway, page, key)


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
