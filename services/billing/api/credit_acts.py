"""What is done with credits: handed on, given in goodwill."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field, model_validator

from services.billing.api.bodies import AnyAmount
from services.billing.api.credits import CreditBody, as_json
from services.billing.commands.goodwill_credit import GiveCredit, give_credit
from services.billing.commands.transfer_credit import TransferCredit, transfer_credit
from services.billing.models import Credit
from shared.contracts.event import Text
from shared.runtime.asking import OperatorDep, PathId
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep, RequiredOnce
from shared.runtime.problems import problems
from shared.runtime.tokens import code_digest

_PERSON = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
router = APIRouter(tags=["credits"], route_class=Direct)


class To(BaseModel):
    """The new holder: a person by id, or an organisation by its name.

    It is said in a fact, which is kept for ever and names no person but by id: so no name of one
    is taken for an id, and no address for an organisation's name.
    """

    kind: Literal["person", "organisation"]
    id: Annotated[Text, Field(min_length=1, max_length=200)]

    @model_validator(mode="after")
    def _names_nobody(self) -> To:
        if self.kind == "person" and not _PERSON.fullmatch(self.id):
            raise ValueError("a person is named by the id that they have here")
        if "@" in self.id:
            raise ValueError("an organisation is named by its name, and not by an address")
        return self


class TransferBody(BaseModel):
    """Whom it is handed on to."""

    to: To


class GoodwillCreditBody(BaseModel):
    """`amount`: money, or minor units of the registration's currency. `expires_on`: its last day;
    else it runs for a year. `reason` is for the audit."""

    amount: AnyAmount | Annotated[int, Field(strict=True)] | Annotated[str, Field(max_length=40)]
    reason: Annotated[Text, Field(min_length=1, max_length=2_000)]
    expires_on: date | None = None


class NewCreditBody(CreditBody):
    """A credit that has just come to be, with the code to spend it by."""

    credit_id: str


@router.post(
    "/billing/v1/credits/{code}/transfer",
    response_model=NewCreditBody,
    responses=problems(401, 404, 409),
)
async def transfer(
    code: PathId, body: TransferBody, request: Request, edge: EdgeDep, once: RequiredOnce
) -> Response:
    """Hand a credit on, where its terms allow it: this code is void, the new one has its end."""
    wanted = handing_on(code, body)
    return await edge.run(
        transfer_credit, wanted, once=once, answer=lambda credit: (200, _new(request, credit))
    )


@router.post(
    "/billing/v1/registrations/{registration_id}/credits",
    status_code=201,
    responses={201: {"model": NewCreditBody}, **problems(401, 403, 404, 425)},
)
async def goodwill(
    registration_id: PathId,
    body: GoodwillCreditBody,
    request: Request,
    _: OperatorDep,
    edge: EdgeDep,
    once: RequiredOnce,
) -> Response:
    """A credit in goodwill for whoever paid, good for any product."""
    wanted = giving_credit(registration_id, body)
    return await edge.run(
        give_credit, wanted, once=once, answer=lambda credit: (201, _new(request, credit))
    )


def handing_on(code: str, body: TransferBody) -> TransferCredit:
    """The command that a body asks for."""
    return TransferCredit(code_digest(code), body.to.kind, body.to.id)


def giving_credit(registration_id: str, body: GoodwillCreditBody) -> GiveCredit:
    """The command that a body asks for."""
    given = body.amount
    amount = given.amount if isinstance(given, AnyAmount) else given
    currency = given.currency if isinstance(given, AnyAmount) else None
    return GiveCredit(registration_id, amount, currency, body.reason, body.expires_on)


def _new(request: Request, credit: Credit) -> dict[str, Any]:
    code = request.app.state.credit_code(credit.credit_id)
    return {"credit_id": credit.credit_id, **as_json(credit, code)}
