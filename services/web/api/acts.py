"""What a learner does about a registration: pay, take an offered seat, accept, choose, claim.

Each is one call of its owner, with the key the form was shown with; then back to the page.
"""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter, Request, Response

from services.web.api.common import (
    FormDep,
    OwnersDep,
    PagesDep,
    key_of,
    registration_of,
    see,
)
from services.web.api.missing import missing
from services.web.domain import mine
from services.web.owners import or_none, segment
from shared.runtime.asking import PlatformSecretDep

router = APIRouter(include_in_schema=False)
PAYING = 15 * 60  # seconds after the way to the checkout in which a payment is looked out for


@router.post("/r/{token}/pay")
async def pay(
    token: str,
    request: Request,
    form: FormDep,
    pages: PagesDep,
    owners: OwnersDep,
    secret: PlatformSecretDep,
) -> Response:
    """On to the checkout; the payment is seen when the learner comes back."""
    registration_id = registration_of(secret, token)
    if registration_id is None:
        return missing(request, pages, "link")
    path = f"/billing/v1/registrations/{segment(registration_id)}/checkout"
    answer = await or_none(owners.act("billing", path, {}, key=key_of(form), token=token))
    if answer is None or not answer.ok or not answer.body.get("checkout_url"):
        behind = answer is not None and answer.status in (404, 425)
        notice = "pay-soon" if behind else "pay-away" if answer is None else "pay-refused"
        return see(f"/r/{segment(token)}?n={notice}", personal=True)
    onward = see(str(answer.body["checkout_url"]), personal=True)
    onward.set_cookie(
        "paying", registration_id, max_age=PAYING, path="/r/", httponly=True, samesite="lax"
    )
    return onward


@router.post("/r/{token}/accept")
async def accept_offer(
    token: str,
    request: Request,
    form: FormDep,
    pages: PagesDep,
    owners: OwnersDep,
    secret: PlatformSecretDep,
) -> Response:
    """Take the seat that was kept, at the terms that the page showed."""
    return await _act(
        token, "accept-offer", mine.taking(form), request, form, pages, owners, secret
    )


@router.post("/r/{token}/disclosure")
async def accept_disclosure(
    token: str,
    request: Request,
    form: FormDep,
    pages: PagesDep,
    owners: OwnersDep,
    secret: PlatformSecretDep,
) -> Response:
    """The disclosure as it is now was read."""
    body = {"disclosure_version": form.get("disclosure_version", "")}
    return await _act(token, "disclosure", body, request, form, pages, owners, secret)


@router.post("/r/{token}/prefer")
async def prefer(
    token: str,
    request: Request,
    form: FormDep,
    pages: PagesDep,
    owners: OwnersDep,
    secret: PlatformSecretDep,
) -> Response:
    """What to do with the money for what the provider cancelled."""
    body = {"outcome": form.get("outcome", "")}
    if form.get("session_id"):
        body["session_id"] = form["session_id"]
    return await _act(token, "prefer", body, request, form, pages, owners, secret)


async def _act(
    token: str,
    verb: str,
    body: Mapping[str, object],
    request: Request,
    form: FormDep,
    pages: PagesDep,
    owners: OwnersDep,
    secret: PlatformSecretDep,
) -> Response:
    registration_id = registration_of(secret, token)
    if registration_id is None:
        return missing(request, pages, "link")
    path = f"/registration/v1/registrations/{segment(registration_id)}/{verb}"
    answer = await or_none(owners.act("registration", path, body, key=key_of(form), token=token))
    page = f"/r/{segment(token)}"
    if answer is None:
        return see(f"{page}?n=act-away", personal=True)
    why = mine.NOTICES.get(answer.slug, f"{verb}-refused")
    return see(page if answer.ok else f"{page}?n={why}", personal=True)


@router.post("/r/{token}/claims")
async def claim(
    token: str,
    request: Request,
    form: FormDep,
    pages: PagesDep,
    owners: OwnersDep,
    secret: PlatformSecretDep,
) -> Response:
    """Claim credit of a board that leaves its extent to the learner."""
    registration_id = registration_of(secret, token)
    if registration_id is None:
        return missing(request, pages, "link")
    body = {"board": form.get("board", ""), "credits": form.get("credits", "").replace(",", ".")}
    path = f"/certificates/v1/registrations/{segment(registration_id)}/claims"
    answer = await or_none(owners.act("certificates", path, body, key=key_of(form), token=token))
    page = f"/r/{segment(token)}"
    if answer is None:
        return see(f"{page}?n=act-away#certificates", personal=True)
    return see(
        f"{page}#certificates" if answer.ok else f"{page}?n=claim-refused#certificates",
        personal=True,
    )
