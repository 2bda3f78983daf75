"""A lost link: mailed again to the address it belongs to, and the same said whether one does."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from services.web.api.common import FormDep, OwnersDep, PagesDep, key_of, new_key
from services.web.domain.register_form import Form, address_faults, values_of
from services.web.owners import Away, Owners
from services.web.render import Pages

router = APIRouter(include_in_schema=False)
_LONGEST = 254  # characters of an address, as registration takes it


@router.get("/links")
async def ask(request: Request, pages: PagesDep) -> Response:
    """A field for the address."""
    return _page(request, pages, Form({}, new_key(), [], status=200))


@router.post("/links")
async def send(request: Request, form: FormDep, pages: PagesDep, owners: OwnersDep) -> Response:
    """Have registration mail what belongs to it."""
    values, key = values_of(form), key_of(form)
    faults = address_faults({"email": values.get("email", "")[: _LONGEST + 1]})
    if faults:
        return _page(request, pages, Form(values, key, faults))
    try:
        sent = await _sent(owners, values["email"], key)
    except Away:
        return _page(request, pages, Form(values, key, [], "away", status=503))
    if not sent:
        values_again = Form(values, new_key(), address_faults({"email": "@"}))
        return _page(request, pages, values_again)
    return _page(request, pages, Form({}, key, [], status=200), sent=True)


async def _sent(owners: Owners, email: str, key: str) -> bool:
    """Whether registration took the address. A form that was sent before is as good as sent."""
    answer = await owners.act("registration", "/registration/v1/links", {"email": email}, key=key)
    return answer.ok or answer.slug == "idempotency-key-in-use"


def _page(request: Request, pages: Pages, form: Form, *, sent: bool = False) -> Response:
    headers = {"Retry-After": "30"} if form.status == 503 else None
    personal = form.status != 200 or sent
    return pages.page(
        request,
        "links.html",
        form.status,
        personal=personal,
        headers=headers,
        form=form,
        sent=sent,
    )
