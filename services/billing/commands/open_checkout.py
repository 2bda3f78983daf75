"""Opening a page at the gateway on which an invoice can be paid.

The gateway is called while no transaction is open, and before the row is written, under a key that
follows from the invoice and what it asks for: a crash in between, or a second asking, leads to the
same page. It asks for all that is due on the invoice, whoever of it opens it. What was judged for
the call is judged again under the lock; if something was paid meanwhile the caller is asked to try
again, and nobody is sent to the page.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from services.billing.commands.parts import by_registration, share_from
from services.billing.commands.take import accounts_of, invoice_needs, is_incomplete
from services.billing.domain.seen import CheckoutSeen
from services.billing.domain.share import Share
from services.billing.models import (
    Checkout,
    CreditEntry,
    GroupOrder,
    Invoice,
    InvoiceLine,
    PaymentPart,
    Registration,
)
from shared.errors import Conflict, NotFound, TooEarly, Unavailable
from shared.runtime.database import Reader
from shared.runtime.plans import Plan, needs
from shared.runtime.rows import where
from shared.runtime.work import Work


@dataclass(frozen=True)
class Asked:
    """What the gateway is to open a page for; the same key leads to the same page.

    `alone`: the invoice is for one registration only, to whose page the payer may come back.
    """

    key: str
    amount_minor: int
    currency: str
    reference: str
    alone: bool


Opens = Callable[[Asked], Awaitable[CheckoutSeen]]


@dataclass(frozen=True)
class OpenCheckout:
    """`page` and its key are absent where there seemed to be nothing to pay: then this refuses."""

    registration_id: str
    gateway: str
    page: CheckoutSeen | None
    key: str


class InvoiceIncomplete(TooEarly):
    """Not all who are on it were heard of yet: a matter of moments."""

    slug = "invoice-incomplete"


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
    if invoice is None or is_incomplete(await reader.get(GroupOrder, invoice.invoice_id)):
        return OpenCheckout(registration_id, gateway, None, "")
    shares = await _shares(reader, invoice.invoice_id)
    if refusal(shares.get(registration_id)) is not None:
        return OpenCheckout(registration_id, gateway, None, "")
    due = sum(share.due for share in shares.values())
    key = key_of(invoice.invoice_id, due)
    alone = len(shares) == 1
    page = await opens(Asked(key, due, invoice.currency, invoice.invoice_id, alone))
    return OpenCheckout(registration_id, gateway, page, key)


async def _shares(reader: Reader, invoice_id: str) -> dict[str, Share]:
    """Of each registration of an invoice, how it stands."""
    lines = by_registration(await reader.find(where(InvoiceLine, invoice_id=invoice_id)))
    parts = by_registration(await reader.find(where(PaymentPart, invoice_id=invoice_id)))
    return {
        rid: share_from(
            lines[rid],
            parts.get(rid, ()),
            await reader.find(where(CreditEntry, registration_id=rid)),
        )
        for rid in lines
    }


def key_of(invoice_id: str, due_minor: int) -> str:
    """The key of the page for what an invoice asks for now."""
    return f"checkout:{invoice_id}:{due_minor}"


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
    if wanted.page is None or wanted.key != key_of(invoice.invoice_id, due):
        raise Unavailable("checkout-changed", "What is to be paid has just changed; try again.")
    if work.get(Checkout, wanted.key) is None:
        work.put(
            Checkout(
                checkout_id=wanted.key,
                invoice_id=invoice.invoice_id,
                gateway=wanted.gateway,
                amount_minor=due,
                currency=invoice.currency,
                created_at=work.now,
            )
        )
    return wanted.page.url


def refusal(share: Share | None) -> Conflict | None:
    """Why a registration's share cannot be paid now, if it cannot."""
    if share is None:
        return NothingToPay("This registration is free of charge.")
    if share.state == "paid":
        return NothingToPay("This invoice is paid.")
    if share.state == "void":
        return NothingToPay("This invoice was withdrawn: the seat is not held any more.")
    return None
