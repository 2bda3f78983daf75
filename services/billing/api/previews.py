"""What an act of staff about money would come to, before it is done: asked of the act itself, and
nothing of it stays. What the act would refuse is refused here, in the same words."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel

from services.billing.api.bodies import MoneyBody, money
from services.billing.api.credit_acts import (
    GoodwillCreditBody,
    TransferBody,
    giving_credit,
    handing_on,
)
from services.billing.api.decisions import DecisionAnswer, DecisionBody, decided
from services.billing.api.payments import ReasonBody, ReceivedBody, receiving
from services.billing.api.refund_acts import RetryBody, SentBody, retrying, sending
from services.billing.api.registrations import GoodwillBody, giving_back
from services.billing.commands.decide import Decide
from services.billing.commands.nobodys_payment import GiveItBack
from services.billing.commands.previewing import (
    WouldDecide,
    WouldGive,
    WouldReceive,
    would_decide,
    would_give_back,
    would_give_credit,
    would_give_nobodys_back,
    would_hand_on,
    would_receive,
    would_retry,
    would_settle,
)
from services.billing.models import Credit, Refund
from shared.dates import rfc3339
from shared.runtime.asking import OperatorDep, PathId
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep
from shared.runtime.problems import problems

router = APIRouter(tags=["previews"], route_class=Direct)
_ACT = problems(401, 403, 404, 409)
_EARLY = problems(401, 403, 404, 409, 425)
_REFUND = "/billing/v1/refunds/{refund_id}"
_REGISTRATION = "/billing/v1/registrations/{registration_id}"


class RefundPreview(BaseModel):
    """What would go back, and how; `paid_at` is when it was sent, where staff sent it."""

    amount: MoneyBody
    tender: str
    paid_at: str | None


class GoodwillPreview(BaseModel):
    """Parts of the amount by how each goes back; `left` could be given back still after that."""

    amount: MoneyBody
    refunds: list[RefundPreview]
    left: MoneyBody


class CreditPreview(BaseModel):
    """A credit as it would be: `holder` is person or organisation, `expires_on` its last day."""

    amount: MoneyBody
    holder: str
    expires_on: str | None


class PaymentPreview(BaseModel):
    """A payment as it would be recorded; `known`: it was before, and does not count again. `back`
    of it is for nobody to pay and goes back; `left` is still to pay of the invoice after it."""

    amount: MoneyBody
    tender: str
    reference: str
    paid_at: str
    known: bool
    back: MoneyBody
    left: MoneyBody


class DecisionPreview(DecisionAnswer):
    """What it would come to; `not_due` is what the invoice would not ask for any more by it."""

    not_due: MoneyBody


@router.post(f"{_REFUND}/retry/preview", responses={200: {"model": RefundPreview}, **_ACT})
async def preview_retry(
    refund_id: PathId, caller: OperatorDep, edge: EdgeDep, body: RetryBody | None = None
) -> Response:
    """Whether it may be tried again, and what would go back."""
    return await edge.run(would_retry, retrying(refund_id, caller, body), answer=_refund)


@router.post(f"{_REFUND}/settle/preview", responses={200: {"model": RefundPreview}, **_ACT})
async def preview_settling(
    refund_id: PathId, body: SentBody, caller: OperatorDep, edge: EdgeDep
) -> Response:
    """Whether it may be settled by hand, and how."""
    return await edge.run(would_settle, sending(refund_id, caller, body), answer=_refund)


@router.post(
    f"{_REGISTRATION}/refunds/preview", responses={200: {"model": GoodwillPreview}, **_ACT}
)
async def preview_goodwill(
    registration_id: PathId, body: GoodwillBody, caller: OperatorDep, edge: EdgeDep
) -> Response:
    """How an amount would go back in goodwill, and what would be left."""

    def answer(it: WouldGive) -> tuple[int, Any]:
        currency = it.refunds[0].currency
        return 200, {
            "amount": money(sum(one.amount_minor for one in it.refunds), currency),
            "refunds": [_refund(one)[1] for one in it.refunds],
            "left": money(it.left, currency),
        }

    command = giving_back(registration_id, caller, body)
    return await edge.run(would_give_back, command, answer=answer)


@router.post(
    f"{_REGISTRATION}/credits/preview", responses={200: {"model": CreditPreview}, **_EARLY}
)
async def preview_credit(
    registration_id: PathId, body: GoodwillCreditBody, _: OperatorDep, edge: EdgeDep
) -> Response:
    """Whom a credit in goodwill would be for, and until when."""
    command = giving_credit(registration_id, body)
    return await edge.run(would_give_credit, command, answer=_credit)


@router.post(
    "/billing/v1/credits/{code}/transfer/preview", responses={200: {"model": CreditPreview}, **_ACT}
)
async def preview_handing_on(
    code: PathId, body: TransferBody, _: OperatorDep, edge: EdgeDep
) -> Response:
    """Whether a credit may be handed on, and what the new holder would have."""
    return await edge.run(would_hand_on, handing_on(code, body), answer=_credit)


@router.post(
    f"{_REGISTRATION}/decision/preview", responses={200: {"model": DecisionPreview}, **_EARLY}
)
async def preview_decision(
    registration_id: PathId, body: DecisionBody, _: OperatorDep, edge: EdgeDep
) -> Response:
    """What a cancellation would come to, decided so."""

    def answer(it: WouldDecide) -> tuple[int, Any]:
        said = decided(it.settlement)[1]
        return 200, said | {"not_due": money(it.not_due, said["fee"]["currency"])}

    command = Decide(registration_id, body.outcome, body.reason)
    return await edge.run(would_decide, command, answer=answer)


@router.post(
    "/billing/v1/invoices/{invoice_id}/payments/preview",
    responses={200: {"model": PaymentPreview}, **_EARLY},
)
async def preview_payment(
    invoice_id: PathId, body: ReceivedBody, _: OperatorDep, edge: EdgeDep
) -> Response:
    """Whether money that came would count as a payment of the invoice."""

    def answer(it: WouldReceive) -> tuple[int, Any]:
        paid = it.payment
        return 200, {
            "amount": money(paid.amount_minor, paid.currency),
            "tender": paid.tender,
            "reference": paid.reference,
            "paid_at": rfc3339(paid.paid_at),
            "known": it.known,
            "back": money(it.back, paid.currency),
            "left": money(it.left, paid.currency),
        }

    return await edge.run(would_receive, receiving(invoice_id, body), answer=answer)


@router.post(
    "/billing/v1/payments/{payment_id}/give-back/preview",
    responses={200: {"model": RefundPreview}, **_ACT},
)
async def preview_giving_nobodys_back(
    payment_id: PathId, body: ReasonBody, caller: OperatorDep, edge: EdgeDep
) -> Response:
    """Whether a payment belongs to no invoice here, and what would go back."""
    command = GiveItBack(payment_id, body.reason, caller.name)
    return await edge.run(would_give_nobodys_back, command, answer=_refund)


def _refund(refund: Refund) -> tuple[int, Any]:
    return 200, {
        "amount": money(refund.amount_minor, refund.currency),
        "tender": refund.tender,
        "paid_at": rfc3339(refund.settled_at) if refund.settled_at else None,
    }


def _credit(credit: Credit) -> tuple[int, Any]:
    return 200, {
        "amount": money(credit.balance_minor, credit.currency),
        "holder": credit.holder_kind,
        "expires_on": credit.expires_on.isoformat() if credit.expires_on else None,
    }
