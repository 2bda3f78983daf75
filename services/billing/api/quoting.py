"""A decision as JSON: the body of both quotes (interfaces.md §3, §10 "Quote")."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel

from services.billing.api.bodies import MoneyBody, money
from services.billing.api.payer import PayerBody
from services.billing.domain.decision import Decision
from services.billing.domain.windows import Ending
from shared.dates import rfc3339


class RefundBody(BaseModel):
    """What goes back to one tender."""

    tender: str
    amount: MoneyBody


class CreditPartBody(BaseModel):
    """A credit, and its last day; null where it does not expire."""

    amount: MoneyBody
    expires_on: str | None


class StepBody(BaseModel):
    """One step of the reasoning; `values` are the figures in it."""

    rule: str
    because: str
    values: dict[str, Any] = {}


class WindowBody(BaseModel):
    """A window of the policy; `ends` is the first instant that is too late, null is never.

    `fee` is null where the window gives nothing back.
    """

    outcome: str
    ends: str | None
    fee: MoneyBody | None


class QuoteAnswer(BaseModel):
    """What cancelling gives at one moment, and when the windows for a learner end."""

    outcome: str
    fee: MoneyBody
    refunds: list[RefundBody]
    restored: list[CreditPartBody]
    credit: CreditPartBody | None
    trace: list[StepBody]
    windows: list[WindowBody]


class VersionQuote(QuoteAnswer):
    """The same by one of two policies; `policy_version` says which."""

    policy_version: int | str | None


class RegistrationQuote(VersionQuote):
    """`other` is there only where the learner may choose: what the policy now in force gives. Where
    nothing is chosen, the first holds. `payer` is there where somebody else than whoever comes now
    paid, and would have it back."""

    other: VersionQuote | None
    payer: PayerBody | None


def as_json(decision: Decision, windows: Iterable[Ending], currency: str) -> dict[str, Any]:
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
        "trace": [
            {"rule": step.rule, "because": step.because, "values": dict(step.values)}
            for step in decision.trace
        ],
        "windows": [
            {
                "outcome": window.outcome,
                "ends": rfc3339(window.ends) if window.ends else None,
                "fee": None if window.fee is None else money(window.fee, currency),
            }
            for window in windows
        ],
    }
