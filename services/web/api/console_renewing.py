"""New links where somebody else has the old ones: what dies with those is shown first."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, Response

from services.web.api.common import new_key
from services.web.api.console_deed import NO_REASON, Act, AskedDep, Deed, SentDep, perform
from services.web.api.console_paths import page_of, registration_path
from services.web.domain.register_form import Fault

router = APIRouter(include_in_schema=False)
_PATH = "/console/registrations/{registration_id}/links"


@router.get(_PATH)
async def ask(registration_id: str, deed: AskedDep) -> Response:
    """What new links would mean, and where they would go."""
    return await _page(deed, registration_id)


@router.post(_PATH)
async def renew(registration_id: str, deed: SentDep) -> Response:
    """Make them, and have them mailed."""

    async def form(faults: Sequence[Fault], status: int) -> Response:
        return await _page(deed, registration_id, faults, status)

    reason = deed.values.get("reason", "")
    if not reason:
        return await form([NO_REASON], 422)
    look = (page_of(registration_id), "the registration")
    act = Act(f"{registration_path(registration_id)}/links/renew", {"reason": reason}, look)
    return await perform(deed, act, form=form, done=lambda _: page_of(registration_id, "renewed"))


async def _page(
    deed: Deed, registration_id: str, faults: Sequence[Fault] = (), status: int = 200
) -> Response:
    known = await deed.known(registration_path(registration_id))
    if known is None:
        return deed.away()
    if not known.ok or not known.body.get("attendee"):
        return deed.missing()
    await deed.noted(registration_id)
    return deed.show(
        "links_renew.html",
        status,
        one=known.body,
        typed=deed.values,
        faults=faults,
        key=new_key(),
    )
