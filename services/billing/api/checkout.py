"""`POST /billing/v1/registrations/{id}/checkout`: a page at the gateway on which to pay."""

from __future__ import annotations

import httpx
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from services.billing.commands.open_checkout import OpenCheckout, key_of, open_checkout, refusal
from services.billing.domain.seen import CheckoutSeen
from services.billing.gateway import Gateway
from services.billing.models import Invoice, Payment, Registration
from shared.errors import Unavailable
from shared.runtime.auth import CallerDep, for_subject
from shared.runtime.database import Reader
from shared.runtime.edge import EdgeDep, ReaderDep, RequiredOnce
from shared.runtime.outside import Unknown
from shared.runtime.problems import problems
from shared.runtime.rows import where
from shared.runtime.tokens import PERSONAL, mint

router = APIRouter(tags=["registrations"])
GATEWAY = "paysim"


class CheckoutBody(BaseModel):
    """Where to pay."""

    checkout_url: str


@router.post(
    "/billing/v1/registrations/{registration_id}/checkout",
    response_model=CheckoutBody,
    responses=problems(401, 403, 404, 409, 425),
)
async def checkout(
    registration_id: str,
    request: Request,
    caller: CallerDep,
    edge: EdgeDep,
    reader: ReaderDep,
    once: RequiredOnce,
) -> Response:
    """Opens the page, or gives the one that is open."""
    registration = await reader.get(Registration, registration_id)
    for_subject(caller, registration_id, registration.token_version if registration else None)
    page, key = None, ""
    invoice, due = await _due(reader, registration)
    if registration is not None and invoice is not None and refusal(invoice, due) is None:
        key = key_of(invoice.invoice_id, due)
        back = _page_of(request, registration)
        page = await _open(request.app.state.gateways[GATEWAY], key, due, invoice, back)
    return await edge.run(
        open_checkout,
        OpenCheckout(registration_id, GATEWAY, page, key),
        once=once,
        answer=lambda url: (200, {"checkout_url": url}),
    )


async def _due(reader: Reader, registration: Registration | None) -> tuple[Invoice | None, int]:
    if registration is None or registration.invoice_id is None:
        return None, 0
    invoice = await reader.get(Invoice, registration.invoice_id)
    paid = await reader.find(where(Payment, registration_id=registration.registration_id))
    if invoice is None:
        return None, 0
    return invoice, invoice.due_minor - sum(payment.applied_minor for payment in paid)


async def _open(
    gateway: Gateway, key: str, due_minor: int, invoice: Invoice, return_url: str
) -> CheckoutSeen:
    try:
        return await gateway.open_checkout(
            key, due_minor, invoice.currency, invoice.registration_id, return_url
        )
    except (Unknown, httpx.HTTPError) as why:
        raise Unavailable(
            "gateway-away", "The payment gateway does not answer; try again in a moment."
        ) from why


def _page_of(request: Request, registration: Registration) -> str:
    settings = request.app.state.settings
    version = registration.token_version
    token = mint(settings.platform_secret, PERSONAL, registration.registration_id, version)
    return f"{settings.public_url}/r/{token}"
