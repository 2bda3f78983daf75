"""`GET /billing/v1/credits/{code}`: whoever holds the code may see what it is worth."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from services.billing.api.bodies import MoneyBody, money
from services.billing.models import Credit
from shared.errors import NotFound
from shared.runtime.asking import PathId
from shared.runtime.edge import ReaderDep
from shared.runtime.problems import problems
from shared.runtime.rows import where
from shared.runtime.tokens import code_digest

router = APIRouter(tags=["credits"])


class CreditBody(BaseModel):
    """`status` is active, frozen, expired or voided; `expires_on` is its last day, if any."""

    code: str
    balance: MoneyBody
    expires_on: str | None
    terms: dict[str, Any]
    status: str


@router.get("/billing/v1/credits/{code}", response_model=CreditBody, responses=problems(404))
async def show_credit(code: PathId, reader: ReaderDep) -> Any:
    """Balance, expiry and terms."""
    found = await reader.find(where(Credit, code_hash=code_digest(code)))
    if not found:
        raise NotFound("credit-unknown", "There is no credit with this code.")
    credit = found[0]
    return {
        "code": code,
        "balance": money(credit.balance_minor, credit.currency),
        "expires_on": credit.expires_on.isoformat() if credit.expires_on else None,
        "terms": credit.terms,
        "status": credit.state,
    }
