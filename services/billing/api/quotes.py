"""`POST /billing/v1/quotes`: what any policy gives, for anybody who asks. Nothing is stored."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Literal, TypeVar

from fastapi import APIRouter
from pydantic import BaseModel, Field

from services.billing.api.quoting import QuoteAnswer, as_json
from services.billing.domain.decision import CREDIT, Paid, PolicyUndefined
from services.billing.domain.refund_policy import decide
from services.billing.domain.windows import endings
from shared.contracts import policy
from shared.dates import BadTime, parse_day, parse_instant
from shared.errors import Invalid, Refusal, fault
from shared.money import Money, parse_amount
from shared.runtime.edge import EdgeDep
from shared.runtime.problems import problems

router = APIRouter(tags=["quotes"])
T = TypeVar("T")
_ANY_CURRENCY = "USD"  # of the zeros in a quote where nothing was paid


class PaidBody(BaseModel):
    """One part of what was paid. `amount`: minor units, or a decimal string of major units."""

    tender: Literal["card", "credit"]
    amount: Any
    currency: str
    credit_expires_on: str | None = None


class QuoteBody(BaseModel):
    """A policy document and a case. Without `requested_at` it is about now."""

    policy: dict[str, Any]
    kind: Annotated[str, Field(max_length=200)]
    starts_at: str
    paid: Annotated[list[PaidBody], Field(max_length=100)] = []
    requested_at: str | None = None
    cancelled_by: Literal["learner", "provider"] = "learner"
    delivery: Annotated[str, Field(max_length=50)] | None = None


@router.post("/billing/v1/quotes", response_model=QuoteAnswer, responses=problems())
async def quote(body: QuoteBody, edge: EdgeDep) -> Any:
    """A pure preview; `windows` are those for a learner, none where the provider cancels."""
    currency = _currency(body.paid)
    paid = [_paid(part, currency, place) for place, part in enumerate(body.paid)]
    total = sum(part.amount for part in paid)
    document = _policy(body, total)
    starts_at = _read("/starts_at", parse_instant, body.starts_at)
    asked = body.requested_at
    requested_at = edge.now() if asked is None else _read("/requested_at", parse_instant, asked)
    by_provider = body.cancelled_by == "provider"
    try:
        decision = decide(
            document,
            kind=body.kind,
            starts_at=starts_at,
            paid=paid,
            currency=currency,
            requested_at=requested_at,
            by_provider=by_provider,
        )
        priced = Money(total, currency)
        windows = [] if by_provider else endings(document, starts_at, body.kind, priced)
    except OverflowError as why:
        raise BadTime("A date is out of range.") from why
    return as_json(decision, windows, currency)


def _policy(body: QuoteBody, total: int) -> dict[str, Any]:
    """The document, when it is one; a missing end is a hole, not a fault."""
    document = body.policy
    read, faults = policy.examine(document, "/policy", paid=total)
    if read is None:
        windows = document.get("windows")
        if isinstance(windows, list) and windows:
            closed = [*windows, {"until": "forever", "outcome": "nothing"}]
            mended, _ = policy.examine(document | {"windows": closed}, "/policy", paid=total)
            if mended is not None:
                raise PolicyUndefined(faults[0]["detail"], errors=faults)
        raise policy.PolicyInvalid("The policy cannot be read as one.", errors=faults)
    if body.delivery is not None and body.cancelled_by == "learner":
        policy.require_defined(read, body.kind, body.delivery, "/policy")
    return document


def _currency(paid: list[PaidBody]) -> str:
    found = {part.currency for part in paid}
    if len(found) > 1:
        raise Invalid(
            "currencies-mixed",
            "A quote is about one currency.",
            errors=[fault("/paid", "Several currencies.")],
        )
    return next(iter(found), _ANY_CURRENCY)


def _paid(part: PaidBody, currency: str, place: int) -> Paid:
    at = f"/paid/{place}"
    amount = _read(f"{at}/amount", lambda value: parse_amount(value, currency), part.amount)
    if amount < 0:
        raise Invalid(
            "amount-invalid",
            "What was paid is not negative.",
            errors=[fault(f"{at}/amount", "Less than zero.")],
        )
    if part.tender != CREDIT or part.credit_expires_on is None:
        return Paid(part.tender, amount)
    until: date = _read(f"{at}/credit_expires_on", parse_day, part.credit_expires_on)
    return Paid(CREDIT, amount, until)


def _read(at: str, parse: Callable[[Any], T], value: Any) -> T:
    """Parse one field; a refusal says where."""
    try:
        return parse(value)
    except Refusal as why:
        raise Invalid(why.slug, why.detail, errors=[fault(at, why.detail)]) from why
