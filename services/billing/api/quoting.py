"""A decision as JSON: the body of both quotes (interfaces.md §3, §10 "Quote")."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from services.billing.api.bodies import MoneyBody, money
from services.billing.domain.decision import Decision


class RefundBody(BaseModel):
    """What goes back to one tender."""

    tender: str
    amount: MoneyBody


class CreditPartBody(BaseModel):
    """A credit, and its last day; null where it does not expire."""

    amount: MoneyBody
    expires_on: str | None


class StepBody(BaseModel):
    """One step of the reasoning."""

    rule: str
    because: str


class QuoteAnswer(BaseModel):
    """What cancelling gives."""

    outcome: str
    fee: MoneyBody
    refunds: list[RefundBody]
    restored: list[CreditPartBody]
    credit: CreditPartBody | None
    trace: list[StepBody]


def as_json(decision: Decision, currency: str) -> dict[str, Any]:
    """Money objects; rows of zero are left out by the rule itself."""
    credit = decision.credit
    return {
        "outcome": decision.outcome,
        "fee": money(decision.fee, currency),
        "refunds": [
            {"tender": part.tender, "amount": money(part.amount, currency)}
            for part in decision.refunds
        ],
        "restored": [
            {
                "amount": money(part.amount, currency),
                "expires_on": part.expires_on.isoformat() if part.expires_on else None,
            }
            for part in decision.restored
        ],
        "credit": None
        if credit is None
        else {
            "amount": money(credit.amount, currency),
            "expires_on": credit.expires_on.isoformat() if credit.expires_on else None,
        },
        "trace": [{"rule": step.rule, "because": step.because} for step in decision.trace],
    }
