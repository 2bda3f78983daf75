"""`GET …/transfer-quote`: what moving to another course would come to, before anybody does it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel

from services.billing.api.bodies import MoneyBody, money
from services.billing.api.quoting import CreditPartBody, RefundBody, StepBody, as_json
from services.billing.api.statement import load
from services.billing.commands.offered import unusable
from services.billing.domain.decision import Decision
from services.billing.domain.transfer import move_value
from services.billing.models import Registration
from shared.dates import BadTime, parse_instant
from shared.errors import Conflict, Invalid, NotFound, fault
from shared.money import parse_amount
from shared.runtime.asking import PathId
from shared.runtime.auth import CallerDep
from shared.runtime.caller import for_subject
from shared.runtime.edge import EdgeDep, ReaderDep
from shared.runtime.problems import problems

router = APIRouter(tags=["registrations"])


class TransferQuote(BaseModel):
    """`used` pays for the other course, `to_pay` is what it costs beyond that.

    `refunds`, `restored` and `credit` are what is left over, and where that goes.
    """

    outcome: str
    fee: MoneyBody
    used: list[RefundBody]
    to_pay: MoneyBody
    refunds: list[RefundBody]
    restored: list[CreditPartBody]
    credit: CreditPartBody | None
    trace: list[StepBody]


@router.get(
    "/billing/v1/registrations/{registration_id}/transfer-quote",
    response_model=TransferQuote,
    responses=problems(401, 403, 404, 409, 425),
)
async def transfer_quote(
    registration_id: PathId,
    caller: CallerDep,
    reader: ReaderDep,
    edge: EdgeDep,
    price: Annotated[str, Query(max_length=40)],
    course_id: Annotated[str | None, Query(max_length=200)] = None,
    at: Annotated[str | None, Query(max_length=40)] = None,
) -> Any:
    """What moving would give at that moment (default: now), from the snapshot.

    `price` is what the other course costs this person, as whole minor units or, with a point, as
    major units. Without `course_id` any other course is meant.
    """
    registration = await reader.get(Registration, registration_id)
    for_subject(caller, registration_id, registration.token_version if registration else None)
    if registration is None:
        raise NotFound("registration-unknown", "Billing knows no such registration.")
    account = await load(reader, registration)
    if any(settlement.cause in {"cancelled", "transferred"} for settlement in account.settlements):
        raise Conflict("registration-ended", "This registration has ended.")
    currency = registration.currency or "USD"
    moment = edge.now() if at is None else parse_instant(at.replace(" ", "+"))
    try:
        moved = move_value(
            account.standing(),
            moment,
            _price(price, currency),
            unusable=unusable(account.credits.values(), course_id, moment),
            new_unusable=course_id == registration.course_id,
        )
    except OverflowError as why:
        raise BadTime("That moment is out of range.") from why
    left = Decision(
        moved.value.outcome,
        moved.value.fee,
        moved.refunds,
        moved.restored,
        moved.credit,
        moved.trace,
    )
    return as_json(left, (), currency) | {
        "used": [
            {"tender": part.tender, "amount": money(part.amount, currency)} for part in moved.used
        ],
        "to_pay": money(moved.to_pay, currency),
    }


def _price(given: str, currency: str) -> int:
    amount = parse_amount(int(given) if given.isascii() and given.isdigit() else given, currency)
    if not 0 <= amount <= 2**53:
        detail = "A price is zero or more."
        raise Invalid("amount-invalid", detail, errors=[fault("/price", detail)])
    return amount
