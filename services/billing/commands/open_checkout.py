"""Opening a page at the gateway on which an invoice can be paid.

The gateway is called while no transaction is open, and before the row is written
(`checkout_pages.py`). It asks for all that is due on the invoice, whoever of it opens it. What was
judged for the call is judged again under the lock; if something was paid meanwhile the caller is
asked to try again, and nobody is sent to the page.
"""

from __future__ import annotations

from services.billing.commands.checkout_pages import (
    NothingToPay,
    OpenCheckout,
    key_of,
    refusal,
)
from services.billing.commands.night import plan_night
from services.billing.commands.take import accounts_of, invoice_needs, is_incomplete
from services.billing.models import Checkout, GroupOrder, Invoice, Registration
from shared.errors import NotFound, TooEarly, Unavailable
from shared.runtime.plans import Plan, needs
from shared.runtime.work import Work


class InvoiceIncomplete(TooEarly):
    """Not all who are on it were heard of yet: a matter of moments."""

    slug = "invoice-incomplete"


def _needs(wanted: OpenCheckout) -> Plan:
    [known] = yield [(Registration, wanted.registration_id)]
    accounts = (yield from invoice_needs(known.invoice_id)) if known and known.invoice_id else []
    return [*accounts, (Registration, wanted.registration_id), (Checkout, wanted.key)]


@needs(_needs)
async def open_checkout(work: Work, wanted: OpenCheckout) -> str:
    """The address of the page; refuses where nothing is to be paid."""
    registration = work.get(Registration, wanted.registration_id)
    if registration is None:
        raise NotFound("registration-unknown", "Billing knows no such registration.")
    invoice_id = registration.invoice_id
    invoice = work.get(Invoice, invoice_id) if invoice_id else None
    accounts = accounts_of(work, invoice_id) if invoice_id else []
    shares = {account.registration_id: account.share for account in accounts}
    if invoice_id and is_incomplete(work.get(GroupOrder, invoice_id)):
        raise InvoiceIncomplete("This invoice is still being made out; try again in a moment.")
    why = refusal(shares.get(wanted.registration_id))
    if why is not None or invoice is None:
        raise why or NothingToPay
    due = sum(share.due for share in shares.values())
    page, key = wanted.page, key_of(invoice.invoice_id, due, wanted.generation)
    if page is None or wanted.key != key:
        raise Unavailable("checkout-changed", "What is to be paid has just changed; try again.")
    if work.get(Checkout, key) is None:
        plan_night(work)
        work.put(
            Checkout(
                checkout_id=key,
                invoice_id=invoice.invoice_id,
                gateway=wanted.gateway,
                amount_minor=due,
                currency=invoice.currency,
                created_at=work.now,
                generation=wanted.generation,
                url=page.url,
                expires_at=page.expires_at,
            )
        )
    return page.url
