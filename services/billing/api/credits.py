"""`GET /billing/v1/credits/{code}`: whoever holds the code may see what it is worth."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from services.billing.api.bodies import MoneyBody, money
from services.billing.models import Credit, CreditEntry
from shared.dates import rfc3339
from shared.errors import NotFound
from shared.runtime.asking import PathId
from shared.runtime.auth import CallerDep
from shared.runtime.edge import ReaderDep
from shared.runtime.problems import problems
from shared.runtime.rows import where
from shared.runtime.tokens import code_digest

router = APIRouter(tags=["credits"])


class CreditBody(BaseModel):
    """`status` is active, frozen, expired or voided; `expires_on` is its last day, if any.

    `amount` is what it was issued for; `holder` is person or organisation.
    """

    code: str
    amount: MoneyBody
    balance: MoneyBody
    expires_on: str | None
    terms: dict[str, Any]
    status: str
    holder: str


class EntryBody(BaseModel):
    """One movement, signed; `registration_id` is where it came from or went to."""

    entry_id: str
    kind: str
    amount: MoneyBody
    registration_id: str
    occurred_at: str
    corrects: str | None


class ShownCredit(CreditBody):
    """`entries` are for operators; null for anybody else."""

    entries: list[EntryBody] | None = None


@router.get("/billing/v1/credits/{code}", response_model=ShownCredit, responses=problems(401, 404))
async def show_credit(code: PathId, caller: CallerDep, reader: ReaderDep) -> Any:
    """Balance, expiry and terms; for operators every movement too."""
    found = await reader.find(where(Credit, code_hash=code_digest(code)))
    if not found:
        raise NotFound("credit-unknown", "There is no credit with this code.")
    credit = found[0]
    entries = None
    if caller.operator:
        moved = await reader.find(where(CreditEntry, credit_id=credit.credit_id))
        entries = [_entry(each) for each in sorted(moved, key=_when)]
    return {**as_json(credit, code), "entries": entries}


def as_json(credit: Credit, code: str) -> dict[str, Any]:
    """A credit as whoever knows its code sees it."""
    return {
        "code": code,
        "amount": money(credit.amount_minor, credit.currency),
        "balance": money(credit.balance_minor, credit.currency),
        "expires_on": credit.expires_on.isoformat() if credit.expires_on else None,
        "terms": credit.terms,
        "status": credit.state,
        "holder": credit.holder_kind,
    }


def _when(entry: CreditEntry) -> Any:
    return entry.occurred_at, entry.entry_id


def _entry(entry: CreditEntry) -> dict[str, Any]:
    return {
        "entry_id": entry.entry_id,
        "kind": entry.kind,
        "amount": money(entry.amount_minor, entry.currency),
        "registration_id": entry.registration_id,
        "occurred_at": rfc3339(entry.occurred_at),
        "corrects": entry.corrects,
    }
