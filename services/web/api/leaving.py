"""Cancelling: what it would give, first; then, once confirmed, the owner's call."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from services.web.api.behind import behind, why_not
from services.web.api.cancelling import quote_of, windows_of, with_every_field
from services.web.api.common import (
    FormDep,
    OwnersDep,
    PagesDep,
    key_of,
    new_key,
    registration_of,
    see,
)
from services.web.api.missing import missing
from services.web.domain import cancelling, mine
from services.web.owners import Away, segment
from shared.runtime.asking import PlatformSecretDep
from shared.runtime.edge import EdgeDep, ReaderDep

router = APIRouter(include_in_schema=False)
_REFUSED = {
    "already-started": "cancel-started",
    "certificate-issued": "cancel-certificate",
    "idempotency-key-in-use": "cancel-away",
}
_CHOICES = ("snapshot", "newer")


def _choices(quote: dict[str, Any] | None) -> list[tuple[str, dict[str, Any]]]:
    """What each of two policies gives, by the word for it; only where there is a choice. The one
    that holds where nothing is said, the one that was bought, comes first."""
    other = (quote or {}).get("other")
    if not quote or not isinstance(other, dict):
        return []
    return [("snapshot", quote), ("newer", with_every_field(other))]


@router.get("/r/{token}/cancel")
async def before_cancelling(
    token: str,
    request: Request,
    pages: PagesDep,
    owners: OwnersDep,
    reader: ReaderDep,
    edge: EdgeDep,
    secret: PlatformSecretDep,
) -> Response:
    """What cancelling now would give, before anything is done."""
    found = await behind(owners, reader, secret, token, billing="/cancellation-quote")
    if isinstance(found, str):
        return missing(request, pages, found)
    course, quote = found.course, found.others["billing"]
    state = str(found.said.get("status") or "")
    if state not in mine.CANCELLABLE:
        return see(f"/r/{segment(token)}", personal=True)
    said_quote = quote_of(quote) if quote and quote.ok else None
    window, before = cancelling.running(windows_of(said_quote), edge.now())
    return pages.page(
        request,
        "cancel.html",
        personal=True,
        token=token,
        key=new_key(),
        course=course,
        state=state,
        quote=said_quote,
        window=window,
        until=cancelling.last_moment(window.ends) if window and window.ends else None,
        before=before,
        ended=cancelling.last_moment(before.ends) if before and before.ends else None,
        choices=_choices(said_quote),
        away=quote is None,  # else it answered, but with nothing that says what it would give
        zone=found.zone,
        now=edge.now(),
        policy_zone=str(course.policy.get("zone") or course.zone),
    )


@router.post("/r/{token}/cancel")
async def cancel(
    token: str,
    request: Request,
    form: FormDep,
    pages: PagesDep,
    owners: OwnersDep,
    secret: PlatformSecretDep,
) -> Response:
    """Cancelled, once, however often the button is pressed."""
    registration_id = registration_of(secret, token)
    if registration_id is None:
        return missing(request, pages, "link")
    path = f"/registration/v1/registrations/{segment(registration_id)}/cancel"
    reason = form.get("reason", "").replace("\x00", "").strip()[:1000]
    body = {"reason": reason} if reason else {}
    if form.get("policy") in _CHOICES:
        body["policy"] = form["policy"]
    try:
        answer = await owners.act("registration", path, body, key=key_of(form), token=token)
    except Away:
        return see(f"/r/{segment(token)}?n=cancel-away", personal=True)
    wrong = "" if answer.status in (409, 422) else why_not(answer)
    if wrong:
        return missing(request, pages, wrong)
    notice = "" if answer.ok else f"?n={_REFUSED.get(answer.slug, 'cancel-refused')}"
    return see(f"/r/{segment(token)}{notice}", personal=True)
