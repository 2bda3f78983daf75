"""Money that came by a bank, or in cash, as staff say: it pays an invoice like any other payment.

The bank's reference is what makes it one: said twice, it is the same payment.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid5

from services.billing.commands.payment import payment_needs, record_payment
from services.billing.commands.take import is_incomplete
from services.billing.domain.refund_retry import BANK_GATEWAY
from services.billing.domain.seen import PaymentSeen
from services.billing.models import GroupOrder, Invoice, Payment
from shared.errors import Conflict, Invalid, NotFound, TooEarly
from shared.money import parse_amount
from shared.runtime.plans import Plan, needs
from shared.runtime.records import NAMESPACE
from shared.runtime.work import Work


@dataclass(frozen=True)
class Received:
    """`amount` is minor units, or a decimal string; `tender` is transfer or cash."""

    invoice_id: str
    amount: int | str
    currency: str
    tender: str
    reference: str
    received_at: datetime | None

    @property
    def payment_id(self) -> str:
        return str(uuid5(NAMESPACE, f"payment/{self.invoice_id}/{self.reference}"))


class ReferenceUsed(Conflict):
    """Another payment of this invoice has that reference."""

    slug = "reference-used"


def _seen(received: Received, amount: int) -> PaymentSeen:
    return PaymentSeen(
        payment_id=received.payment_id,
        status="succeeded",
        amount_minor=amount,
        currency=received.currency,
        reference=received.invoice_id,
        created_at=received.received_at,
    )


def _needs(received: Received) -> Plan:
    [invoice] = yield [(Invoice, received.invoice_id)]
    wanted = yield from payment_needs(_seen(received, 0))
    return [*wanted, (Invoice, received.invoice_id)] if invoice else wanted


@needs(_needs)
async def record_bank_payment(work: Work, received: Received) -> Payment:
    """Divided over the invoice, what nobody is to pay going back by a bank again."""
    invoice = work.get(Invoice, received.invoice_id)
    if invoice is None:
        raise NotFound("invoice-unknown", "There is no such invoice.")
    if is_incomplete(work.get(GroupOrder, received.invoice_id)):
        raise TooEarly("invoice-incomplete", "The invoice is still being made out; try again.")
    amount = _amount(received, invoice)
    known = work.get(Payment, received.payment_id)
    if known is not None:
        if (known.amount_minor, known.tender) != (amount, received.tender):
            raise ReferenceUsed("Another payment of this invoice came with that reference.")
        return known
    at = received.received_at
    if at is not None and not invoice.issued_at <= at <= work.now:
        raise Invalid(
            "received-at-invalid", "It came after the invoice was issued, and not after now."
        )
    await record_payment(
        work,
        BANK_GATEWAY,
        _seen(received, amount),
        heard_at=work.now,
        tender=received.tender,
        reference=received.reference,
    )
    work.audit("payment.recorded", received.payment_id, received.reference)
    made = work.get(Payment, received.payment_id)
    assert made is not None
    return made


def _amount(received: Received, invoice: Invoice) -> int:
    if received.currency != invoice.currency:
        raise Invalid("currencies-mixed", f"This invoice is in {invoice.currency}.")
    amount = parse_amount(received.amount, invoice.currency)
    if amount <= 0:
        raise Invalid("amount-invalid", "A payment is more than zero.")
    return amount
