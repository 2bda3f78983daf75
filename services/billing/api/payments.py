"""Money that came by a bank, as staff say; and what came for nobody."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from services.billing.api.bodies import AnyAmount, MoneyBody, money
from services.billing.api.refund_acts import RefundBody, as_json
from services.billing.commands.bank_payment import Received, record_bank_payment
from services.billing.commands.nobodys_payment import GiveItBack, give_nobodys_back
from services.billing.models import Payment
from shared.contracts.event import Instant
from shared.dates import rfc3339
from shared.runtime.asking import OperatorDep, PathId
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep, RequiredOnce
from shared.runtime.problems import problems

router = APIRouter(tags=["payments"], route_class=Direct)


class ReceivedBody(BaseModel):
    """What came: `reference` is what the bank calls it, `received_at` now by default."""

    amount: AnyAmount
    tender: Literal["transfer", "cash"] = "transfer"
    reference: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^\S(.*\S)?$")]
    received_at: Instant | None = None


class PaymentBody(BaseModel):
    """A payment of an invoice."""

    payment_id: str
    invoice_id: str
    amount: MoneyBody
    tender: str
    reference: str
    paid_at: str


class ReasonBody(BaseModel):
    """Why, for the audit."""

    reason: Annotated[str, Field(min_length=1, max_length=2_000)]


@router.post(
    "/billing/v1/invoices/{invoice_id}/payments",
    status_code=201,
    response_model=PaymentBody,
    responses=problems(401, 403, 404, 409, 425),
)
async def receive(
    invoice_id: PathId, body: ReceivedBody, caller: OperatorDep, edge: EdgeDep, once: RequiredOnce
) -> Response:
    """Say that money came for an invoice by a bank transfer, or in cash. Said twice with one
    reference, it came once."""
    received = receiving(invoice_id, body)
    return await edge.run(
        record_bank_payment, received, once=once, answer=lambda made: (201, payment_json(made))
    )


@router.post(
    "/billing/v1/payments/{payment_id}/give-back",
    status_code=202,
    response_model=RefundBody,
    responses=problems(401, 403, 404, 409),
)
async def give_back(
    payment_id: PathId, body: ReasonBody, caller: OperatorDep, edge: EdgeDep, once: RequiredOnce
) -> Response:
    """Give a payment back that belongs to no invoice here."""
    asked = GiveItBack(payment_id, body.reason, caller.name)
    return await edge.run(
        give_nobodys_back, asked, once=once, answer=lambda made: (202, as_json(made))
    )


def receiving(invoice_id: str, body: ReceivedBody) -> Received:
    """The command that a body asks for."""
    return Received(
        invoice_id,
        body.amount.amount,
        body.amount.currency,
        body.tender,
        body.reference,
        body.received_at,
    )


def payment_json(payment: Payment) -> dict[str, Any]:
    """A payment as staff see it."""
    return {
        "payment_id": payment.payment_id,
        "invoice_id": payment.invoice_id,
        "amount": money(payment.amount_minor, payment.currency),
        "tender": payment.tender,
        "reference": payment.reference,
        "paid_at": rfc3339(payment.paid_at),
    }
