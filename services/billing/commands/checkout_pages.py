"""The page at the gateway on which an invoice can be paid: the one that is open, or another.

Its key follows from the invoice and what it asks for, so that a crash, or a second asking, leads to
the same page. Pages end, and one that was paid leads nowhere: the next has a key of its own.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.billing.commands.parts import by_registration, share_from
from services.billing.commands.take import is_incomplete
from services.billing.domain.seen import CheckoutSeen, KeySpent
from services.billing.domain.share import Share
from services.billing.models import (
    Checkout,
    CreditEntry,
    GroupOrder,
    Invoice,
    InvoiceLine,
    Payment,
    PaymentPart,
    Registration,
)
from shared.errors import Conflict, Unavailable
from shared.runtime.database import Reader
from shared.runtime.rows import where

_LEFT = timedelta(minutes=15)  # that somebody who is sent to a page has at least
_TRIES = 4  # pages that were opened, and whose opening was not recorded


@dataclass(frozen=True)
class Asked:
    """What the gateway is to open a page for; the same key leads to the same page.

    `alone`: the invoice is for one registration only, to whose page the payer may come back.
    """

    key: str
    amount_minor: int
    currency: str
    reference: str
    number: str
    alone: bool


Opens = Callable[[Asked], Awaitable[CheckoutSeen]]


@dataclass(frozen=True)
class OpenCheckout:
    """`page` and its key are absent where there seemed to be nothing to pay: then this refuses."""

    registration_id: str
    gateway: str
    page: CheckoutSeen | None
    key: str = ""
    generation: int = 1


class NothingToPay(Conflict):
    """Free, paid already, or not to be paid any more."""

    slug = "nothing-to-pay"


async def page_for(
    reader: Reader, registration_id: str, gateway: str, opens: Opens, at: datetime
) -> OpenCheckout:
    """What `open_checkout` is then asked; `opens` is called where something seems to be due and no
    page is open at `at`, by the gateway's clock.

    No transaction is open here, and nothing is written.
    """
    known = await reader.get(Registration, registration_id)
    invoice_id = known.invoice_id if known else None
    invoice = await reader.get(Invoice, invoice_id) if invoice_id else None
    if invoice is None or is_incomplete(await reader.get(GroupOrder, invoice.invoice_id)):
        return OpenCheckout(registration_id, gateway, None)
    shares = await _shares(reader, invoice.invoice_id)
    if refusal(shares.get(registration_id)) is not None:
        return OpenCheckout(registration_id, gateway, None)
    due = sum(share.due for share in shares.values())
    last = await _last(reader, invoice.invoice_id, due)
    if last is not None and last.gateway == gateway and _has_time(last.expires_at, at):
        payments = await reader.find(where(Payment, invoice_id=invoice.invoice_id))
        if not _is_paid(last, payments):
            page = CheckoutSeen("", last.url, last.expires_at)
            return OpenCheckout(registration_id, gateway, page, last.checkout_id, last.generation)
    first = last.generation + 1 if last is not None else 1
    alone = len(shares) == 1
    for generation in range(first, first + _TRIES):
        key = key_of(invoice.invoice_id, due, generation)
        asked = Asked(key, due, invoice.currency, invoice.invoice_id, invoice.number, alone)
        try:
            page = await opens(asked)
        except KeySpent:  # opened to lead back elsewhere, and not recorded
            continue
        if _has_time(page.expires_at, at):
            return OpenCheckout(registration_id, gateway, page, key, generation)
    raise Unavailable("gateway-away", "The payment gateway opens no page; try again later.")


async def _last(reader: Reader, invoice_id: str, due: int) -> Checkout | None:
    """The page that was opened last for what is due."""
    made = await reader.find(where(Checkout, invoice_id=invoice_id))
    pages = [one for one in made if one.amount_minor == due]
    return max(pages, key=lambda one: one.generation, default=None)


def _has_time(expires_at: datetime | None, at: datetime) -> bool:
    return expires_at is None or at + _LEFT <= expires_at


def _is_paid(page: Checkout, payments: Iterable[Payment]) -> bool:
    """It was paid, and what it asked for is due once more: it takes nothing a second time."""
    return any(
        payment.state == "succeeded"
        and payment.amount_minor == page.amount_minor
        and payment.paid_at >= page.created_at
        for payment in payments
    )


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


def key_of(invoice_id: str, due_minor: int, generation: int) -> str:
    """The key of a page for what an invoice asks for now."""
    return f"checkout:{invoice_id}:{due_minor}:{generation}"


def refusal(share: Share | None) -> Conflict | None:
    """Why a registration's share cannot be paid now, if it cannot."""
    if share is None:
        return NothingToPay("This registration is free of charge.")
    if share.state == "paid":
        return NothingToPay("This invoice is paid.")
    if share.state == "void":
        return NothingToPay("This invoice was withdrawn: the seat is not held any more.")
    return None
