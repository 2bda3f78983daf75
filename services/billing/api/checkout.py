"""`POST /billing/v1/registrations/{id}/checkout`: a page at the gateway on which to pay."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from services.billing.commands.checkout_pages import Asked, OpenCheckout, page_for
from services.billing.commands.open_checkout import open_checkout
from services.billing.domain.seen import CheckoutSeen, KeyInUse
from services.billing.gateway import Gateway
from services.billing.models import Registration
from shared.errors import Unavailable
from shared.runtime.asking import PathId, PlatformSecretDep, PublicUrlDep
from shared.runtime.auth import CallerDep
from shared.runtime.caller import for_subject
from shared.runtime.clock import wall
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep, ReaderDep, RequiredOnce
from shared.runtime.idempotency import is_answered
from shared.runtime.outside import Unknown
from shared.runtime.problems import problems
from shared.runtime.tokens import PERSONAL, mint

_PAUSES = (0.1, 0.2, 0.4, 0.8, 0)
_AWAY = "gateway-away"
_TRY_AGAIN = "The payment gateway does not answer; try again in a moment."
router = APIRouter(tags=["registrations"], route_class=Direct)


class CheckoutBody(BaseModel):
    """Where to pay."""

    checkout_url: str


@router.post(
    "/billing/v1/registrations/{registration_id}/checkout",
    response_model=CheckoutBody,
    responses=problems(401, 403, 404, 409, 425),
)
async def checkout(
    registration_id: PathId,
    request: Request,
    caller: CallerDep,
    edge: EdgeDep,
    reader: ReaderDep,
    once: RequiredOnce,
    secret: PlatformSecretDep,
    public_url: PublicUrlDep,
) -> Response:
    """Opens the page, or gives the one that is open.

    The gateway is asked before the transaction begins (`commands/open_checkout.py`).
    """
    gateway: str = request.app.state.gateway
    registration = await reader.get(Registration, registration_id)
    version = registration.token_version if registration else None
    for_subject(caller, registration_id, version)

    async def opens(asked: Asked) -> CheckoutSeen:
        # One page is for all of an invoice: it must not lead one learner to another's link.
        mine = f"r/{mint(secret, PERSONAL, registration_id, version or 0)}" if asked.alone else ""
        back = f"{public_url}/{mine}"
        return await _open(request.app.state.gateways[gateway], asked, back)

    wanted = OpenCheckout(registration_id, gateway, None)
    if not await is_answered(reader, once):
        wanted = await page_for(reader, registration_id, gateway, opens, wall())
    return await edge.run(
        open_checkout, wanted, once=once, answer=lambda url: (200, {"checkout_url": url})
    )


async def _open(gateway: Gateway, asked: Asked, back: str) -> CheckoutSeen:
    for pause in _PAUSES:
        try:
            return await gateway.open_checkout(
                asked.key, asked.amount_minor, asked.currency, asked.reference, asked.number, back
            )
        except KeyInUse:  # somebody else of the same invoice is just being answered
            await asyncio.sleep(pause)
        except Unknown as why:
            raise Unavailable(_AWAY, _TRY_AGAIN) from why
    raise Unavailable(_AWAY, _TRY_AGAIN)
