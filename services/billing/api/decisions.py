"""Staff decide what a policy leaves open, or decide anew."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from services.billing.api.bodies import MoneyBody
from services.billing.commands.decide import Decide, decide
from services.billing.models import Settlement
from shared.contracts.event import Text
from shared.runtime.asking import OperatorDep, PathId
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep, RequiredOnce
from shared.runtime.problems import problems

router = APIRouter(tags=["registrations"], route_class=Direct)


class DecisionBody(BaseModel):
    """What it comes to, whatever the policy says, and why: for the audit, nobody else reads it."""

    outcome: Literal["refund", "credit", "nothing"]
    reason: Annotated[Text, Field(min_length=1, max_length=2_000)]


class Otherwise(BaseModel):
    """What the policy alone had given, in minor units."""

    outcome: str
    fee: int
    cash: int
    credited: int
    expires_on: str | None


class DecisionAnswer(BaseModel):
    """What it came to: `refunds`, `restored` and `credit` are what is given by this decision.

    `still_due` is what an employer's invoice still asks for, null where that is nothing; a credit
    for it is issued once it is paid. `otherwise` is null where the policy has a hole.
    """

    registration_id: str
    outcome: str
    fee: MoneyBody
    refunds: list[dict[str, Any]]
    restored: list[dict[str, Any]]
    credit: dict[str, Any] | None
    still_due: MoneyBody | None
    otherwise: Otherwise | None


@router.post(
    "/billing/v1/registrations/{registration_id}/decision",
    status_code=202,
    responses={202: {"model": DecisionAnswer}, **problems(401, 403, 404, 409, 425)},
)
async def post_decision(
    registration_id: PathId,
    body: DecisionBody,
    caller: OperatorDep,
    edge: EdgeDep,
    once: RequiredOnce,
) -> Response:
    """Decide a cancellation: one that the policy leaves open, or once more, never for less."""
    wanted = Decide(registration_id, body.outcome, body.reason)
    return await edge.run(decide, wanted, once=once, answer=decided)


def decided(settlement: Settlement) -> tuple[int, Any]:
    """Status and body: what it came to."""
    said = settlement.decided or {}
    shown = {name: said[name] for name in ("outcome", "fee", "refunds", "restored", "credit")}
    return 202, {
        "registration_id": settlement.registration_id,
        **shown,
        "still_due": said.get("still_due"),
        "otherwise": settlement.otherwise,
    }
