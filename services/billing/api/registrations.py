"""What billing shows of one registration, and what staff and learners ask of its money."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from services.billing.api.bodies import AnyAmount, money
from services.billing.api.entries import sheet_of
from services.billing.api.payer import somebody_else
from services.billing.api.quoting import RegistrationQuote, as_json
from services.billing.api.sheets import CSV, attached
from services.billing.api.statement import Statement, load
from services.billing.commands.goodwill import GiveBack, give_back
from services.billing.domain.decision import Outcome
from services.billing.domain.newer import Ruling, rule, under
from services.billing.domain.standing import Standing, judge, preferred, windows_ahead
from services.billing.domain.windows import Ending
from services.billing.models import Refund, Registration
from shared.dates import BadTime, parse_instant
from shared.errors import Conflict, Forbidden, NotFound
from shared.runtime.asking import OperatorDep, PathId
from shared.runtime.auth import CallerDep
from shared.runtime.caller import Caller, for_subject
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep, ReaderDep, RequiredOnce
from shared.runtime.problems import problems

router = APIRouter(tags=["registrations"], route_class=Direct)


class GoodwillBody(BaseModel):
    """`amount`: money, or minor units of the currency that was paid."""

    amount: AnyAmount | Annotated[int, Field(strict=True)] | Annotated[str, Field(max_length=40)]
    reason: Annotated[str, Field(min_length=1, max_length=2_000)]


@router.get(
    "/billing/v1/registrations/{registration_id}",
    response_model=Statement,
    responses={200: {"content": CSV}, **problems(401, 403, 404, 425)},
)
async def show(
    registration_id: PathId,
    request: Request,
    caller: CallerDep,
    reader: ReaderDep,
    format_: Annotated[Literal["json", "csv"], Query(alias="format")] = "json",
) -> Any:
    """Invoice, payments, refunds, credits, ledger entries and what a cancellation came to; or, as
    csv, the entries alone."""
    registration = await reader.get(Registration, registration_id)
    _admit(caller, registration_id, registration)
    assert registration is not None
    account = await load(reader, registration)
    if format_ == "csv":
        name = attached(f"statement-{registration_id}")
        return Response(sheet_of(account.ledger), media_type="text/csv", headers=name)
    return account.as_json(request.app.state.credit_code, operator=caller.operator)


@router.get(
    "/billing/v1/registrations/{registration_id}/cancellation-quote",
    response_model=RegistrationQuote,
    responses=problems(401, 403, 404, 409, 425),
)
async def cancellation_quote(
    registration_id: PathId,
    caller: CallerDep,
    reader: ReaderDep,
    edge: EdgeDep,
    at: str | None = None,
    override: Outcome | None = None,
) -> Any:
    """What cancelling would give at that moment (default: now), from the snapshot, or by the policy
    now in force where that is no worse in anything; `other` where there is a choice. `override` is
    what an operator would decide instead.

    Nothing for whoever waits for a seat: no terms of theirs are known.
    """
    registration = await reader.get(Registration, registration_id)
    _admit(caller, registration_id, registration)
    assert registration is not None
    if override is not None and not caller.operator:
        raise Forbidden("operator-only", "Only an operator decides otherwise than the policy.")
    account = await load(reader, registration)
    if any(settlement.cause == "cancelled" for settlement in account.settlements):
        raise Conflict("already-cancelled", "This registration is cancelled.")
    if registration.transferred_to is not None:
        raise Conflict("registration-transferred", "It was moved to another course.")
    moment = edge.now() if at is None else parse_instant(at.replace(" ", "+"))
    standing = account.standing()
    try:
        quote = _quote(standing, moment, registration.currency or "USD", override)
    except OverflowError as why:
        raise BadTime("That moment is out of range.") from why
    return quote | {"payer": somebody_else(registration)}


@router.post(
    "/billing/v1/registrations/{registration_id}/refunds",
    status_code=202,
    responses=problems(401, 403, 404, 409),
)
async def refund(
    registration_id: PathId,
    body: GoodwillBody,
    caller: OperatorDep,
    edge: EdgeDep,
    once: RequiredOnce,
) -> Response:
    """Goodwill: money back beyond the policy, within what is left."""
    wanted = giving_back(registration_id, caller, body)
    return await edge.run(give_back, wanted, once=once, answer=_requested)


def giving_back(registration_id: str, caller: Caller, body: GoodwillBody) -> GiveBack:
    """The command that a body asks for."""
    given = body.amount
    amount = given.amount if isinstance(given, AnyAmount) else given
    currency = given.currency if isinstance(given, AnyAmount) else None
    return GiveBack(registration_id, amount, currency, body.reason, caller.name)


def _quote(
    standing: Standing, moment: datetime, currency: str, override: Outcome | None
) -> dict[str, Any]:
    """By the learner, by staff's word, or, where the provider cancelled the course, what that
    gives."""
    if standing.withdrawn:
        money, since = override or preferred(standing, "refund"), standing.counts_from(moment)
        given = judge(standing, since, by_provider=True, override=money)
        told = Ruling(given, standing.policy)
        return _shown(told, [], currency) | {"other": None}
    if override is not None:
        told = Ruling(judge(standing, moment, override=override), standing.policy)
        return _shown(told, [], currency) | {"other": None}
    ruled = rule(standing, moment)
    other = _by(standing, ruled.other, currency) if ruled.other else None
    return _by(standing, ruled, currency) | {"other": other}


def _by(standing: Standing, ruled: Ruling, currency: str) -> dict[str, Any]:
    """With the windows of the policy that it is by."""
    ahead = windows_ahead(under(standing, ruled.policy) if standing.bought else standing)
    return _shown(ruled, ahead, currency)


def _shown(ruled: Ruling, ahead: list[Ending], currency: str) -> dict[str, Any]:
    return as_json(ruled.decision, ahead, currency) | {"policy_version": ruled.version}


def _requested(refunds: list[Refund]) -> tuple[int, Any]:
    items = [
        {
            "refund_id": refund.refund_id,
            "amount": money(refund.amount_minor, refund.currency),
            "status": refund.state,
        }
        for refund in refunds
    ]
    return 202, {**items[0], "refunds": items}


def _admit(caller: Caller, registration_id: str, registration: Registration | None) -> None:
    for_subject(caller, registration_id, registration.token_version if registration else None)
    if registration is None:
        raise NotFound("registration-unknown", "Billing knows no such registration.")
