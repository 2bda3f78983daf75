"""Disputes: of one registration on its statement, and all of them for staff."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel

from services.billing.api.bodies import MoneyBody, money
from services.billing.models import Dispute, DisputePart
from shared.dates import rfc3339
from shared.runtime.asking import PAGE, After, Limit, OperatorDep
from shared.runtime.database import Reader
from shared.runtime.direct import Direct
from shared.runtime.edge import ReaderDep
from shared.runtime.problems import problems
from shared.runtime.rows import where

router = APIRouter(tags=["disputes"], route_class=Direct)


class DisputeBody(BaseModel):
    """`status` is open, won or lost; `reason` is the bank's word."""

    dispute_id: str
    payment_id: str
    amount: MoneyBody
    status: str
    reason: str
    opened_at: str
    closed_at: str | None


class DisputePage(BaseModel):
    """`next` is where the following page begins, if there is one."""

    items: list[DisputeBody]
    next: str | None


@router.get("/billing/v1/disputes", response_model=DisputePage, responses=problems(401, 403))
async def disputes(
    caller: OperatorDep,
    reader: ReaderDep,
    status: Literal["open", "won", "lost"] | None = None,
    limit: Limit = PAGE,
    after: After = None,
) -> Any:
    """All disputes in the order of their ids, or those that stand so."""
    equal = {"state": status} if status else {}
    found, last = await reader.page(where(Dispute, after=after, limit=limit, **equal))
    items = [_as_json(dispute, dispute.amount_minor) for dispute in found]
    return {"items": items, "next": last.dispute_id if last else None}


async def disputes_of(reader: Reader, registration_id: str) -> list[dict[str, Any]]:
    """Those about what was paid for one registration, each with its part."""
    parts = await reader.find(where(DisputePart, registration_id=registration_id))
    found = [(part, await reader.get(Dispute, part.dispute_id)) for part in parts]
    return [_as_json(dispute, part.amount_minor) for part, dispute in found if dispute is not None]


def _as_json(dispute: Dispute, amount: int) -> dict[str, Any]:
    return {
        "dispute_id": dispute.dispute_id,
        "payment_id": dispute.payment_id,
        "amount": money(amount, dispute.currency),
        "status": dispute.state,
        "reason": dispute.reason,
        "opened_at": rfc3339(dispute.opened_at),
        "closed_at": rfc3339(dispute.closed_at) if dispute.closed_at else None,
    }
