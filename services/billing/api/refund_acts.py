"""What staff do about a refund that failed."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from services.billing.api.bodies import MoneyBody, money
from services.billing.commands.retry_refund import (
    Retry,
    SentByHand,
    retry_refund,
    settle_by_hand,
)
from services.billing.models import Refund
from shared.contracts.event import Instant, Text
from shared.runtime.asking import OperatorDep, PathId
from shared.runtime.caller import Caller
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep, RequiredOnce
from shared.runtime.problems import problems

router = APIRouter(tags=["refunds"], route_class=Direct)


Reason = Annotated[Text, Field(max_length=2_000)]


class RetryBody(BaseModel):
    """Why, for the audit."""

    reason: Reason = ""


class SentBody(BaseModel):
    """How the money was sent: `reference` is what the bank calls it, `paid_at` now by default;
    `reason` is for the audit."""

    tender: Literal["transfer", "cash"] = "transfer"
    reference: Annotated[str, Field(min_length=1, max_length=200)]
    paid_at: Instant | None = None
    reason: Reason = ""


class RefundBody(BaseModel):
    """The attempt that was made; `replaces` is the one that had failed."""

    refund_id: str
    payment_id: str
    amount: MoneyBody
    status: str
    tender: str
    replaces: str | None


@router.post(
    "/billing/v1/refunds/{refund_id}/retry",
    status_code=202,
    response_model=RefundBody,
    responses=problems(401, 403, 404, 409),
)
async def retry(
    refund_id: PathId,
    caller: OperatorDep,
    edge: EdgeDep,
    once: RequiredOnce,
    body: RetryBody | None = None,
) -> Response:
    """Try a refund again that failed, at the gateway that the payment came by."""
    asked = retrying(refund_id, caller, body)
    return await edge.run(retry_refund, asked, once=once, answer=lambda made: (202, as_json(made)))


@router.post(
    "/billing/v1/refunds/{refund_id}/settle",
    status_code=200,
    response_model=RefundBody,
    responses=problems(401, 403, 404, 409),
)
async def settle(
    refund_id: PathId, body: SentBody, caller: OperatorDep, edge: EdgeDep, once: RequiredOnce
) -> Response:
    """Say that the money was sent by hand: by a bank transfer, or in cash."""
    sent = sending(refund_id, caller, body)
    return await edge.run(settle_by_hand, sent, once=once, answer=lambda made: (200, as_json(made)))


def retrying(refund_id: str, caller: Caller, body: RetryBody | None) -> Retry:
    """The command that a body asks for."""
    return Retry(refund_id, caller.name, body.reason if body else "")


def sending(refund_id: str, caller: Caller, body: SentBody) -> SentByHand:
    """The command that a body asks for."""
    return SentByHand(
        refund_id, body.tender, body.reference, body.paid_at, caller.name, body.reason
    )


def as_json(refund: Refund) -> dict[str, Any]:
    """A refund as staff see it."""
    return {
        "refund_id": refund.refund_id,
        "payment_id": refund.payment_id,
        "amount": money(refund.amount_minor, refund.currency),
        "status": refund.state,
        "tender": refund.tender,
        "replaces": refund.replaces,
    }
