"""A partner's keys for staff: made, shown once, and revoked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response

from services.web.api.common import PagesDep, key_of, see
from services.web.api.console_page import DeskDep, SystemDep, answered, away, keyed, once_more, show
from services.web.api.console_partner import PARTNER, owner_path, shown_once
from services.web.api.missing import missing
from services.web.api.signed_in import Signed, TheirFormDep
from services.web.owners import Away, or_none, segment
from services.web.render import Pages
from services.web.staff import REUSED, Desk
from shared.dates import rfc3339

router = APIRouter(include_in_schema=False)
_KEY = PARTNER + "/keys/{key_id}/revoke"
_MADE = (
    "Other words came with this form before, and a key may have been made by them: look among this"
    " partner’s keys, and revoke one that nobody has. Sent again, this makes one of its own."
)


@router.get(PARTNER + "/keys/new")
async def ask_key(
    partner_id: str, request: Request, pages: PagesDep, signed: SystemDep, desk: DeskDep
) -> Response:
    """What it is for, and until when."""
    return await _ask(request, pages, signed, desk, partner_id, {})


@router.post(PARTNER + "/keys/new")
async def make(
    partner_id: str,
    form: TheirFormDep,
    request: Request,
    pages: PagesDep,
    signed: SystemDep,
    desk: DeskDep,
) -> Response:
    """A key of this partner, shown in this answer only."""
    place = (request, pages, signed, desk, partner_id)
    label = form.get("label", "").strip()
    if not label or len(label) > 200:
        return await _ask(*place, form, "Say what it is for, in up to 200 characters.", 422)
    until = _end_of(form.get("until", "").strip())
    if until == "":
        return await _ask(*place, form, "The last day reads like 2027-01-31, or stays empty.", 422)
    body = {"scopes": [f"partner:{partner_id}"], "label": label, "expires_at": until}
    try:
        done = await desk.act("partners", "/partners/v1/keys", body, key=key_of(form))
    except Away:
        said = "Partners did not answer. Send it again: it counts once."
        return await _ask(*place, form, said, 503)
    if not done.ok:
        said = _MADE if done.slug == REUSED else done.detail or "It was refused."
        return await _ask(*place, answered(form), said, done.status)
    said = f"For “{label}”. It is good " + (f"to the end of {form['until']}, UTC." if until else
        "until it is revoked.")  # fmt: skip
    return shown_once(request, pages, signed, partner_id, "New key", str(done.body["key"]), said)


@router.get(_KEY)
async def ask_revoke(
    partner_id: str,
    key_id: str,
    request: Request,
    pages: PagesDep,
    signed: SystemDep,
    desk: DeskDep,
) -> Response:
    """Which key it is, before it opens nothing any more."""
    return await _revoke(request, pages, signed, desk, partner_id, key_id)


@router.post(_KEY)
async def revoke(
    partner_id: str,
    key_id: str,
    form: TheirFormDep,
    request: Request,
    pages: PagesDep,
    signed: SystemDep,
    desk: DeskDep,
) -> Response:
    """Revoke it, for good; only where it is a key of this partner."""
    place = (request, pages, signed, desk, partner_id, key_id)
    if form.get("typed", "").strip().lower() != "revoke":
        return await _revoke(*place, "Type “revoke” to mean it.", 422, form)
    listed = await or_none(desk.all_of("partners", "/partners/v1/keys", most=None))
    look = (f"/console/partners/{segment(partner_id)}", "the partner and its keys")
    if listed is None or listed.refused:  # nobody can say whose it is, so it is left alone
        return once_more(request, pages, signed, "partners", "partners", form, look=look)
    if _named(listed.items, partner_id, key_id) is None:
        return missing(request, pages)
    path = f"/partners/v1/keys/{segment(key_id)}/revoke"
    try:
        done = await desk.act("partners", path, {}, key=key_of(form))
    except Away:
        return once_more(request, pages, signed, "partners", "partners", form, look=look)
    if not done.ok:
        wrong = done.detail or "It was refused."
        return await _revoke(*place, wrong, done.status, answered(form))
    return see(f"/console/partners/{segment(partner_id)}", personal=True)


async def _ask(
    request: Request,
    pages: Pages,
    signed: Signed,
    desk: Desk,
    partner_id: str,
    form: Mapping[str, str],
    wrong: str = "",
    status: int = 200,
) -> Response:
    known = await or_none(desk.ask("partners", owner_path(partner_id)))
    if known is None and not wrong:
        return away(request, pages, signed, "partners", "partners")
    if known is not None and not known.ok:
        return missing(request, pages)
    return show(
        request,
        pages,
        signed,
        "partners",
        "partner_key.html",
        status,
        partner_id=partner_id,
        name=known.body["name"] if known else partner_id,
        wrong=wrong,
        form=form,
        **keyed(form),
    )


async def _revoke(
    request: Request,
    pages: Pages,
    signed: Signed,
    desk: Desk,
    partner_id: str,
    key_id: str,
    wrong: str = "",
    status: int = 200,
    form: Mapping[str, str] | None = None,
) -> Response:
    listed = await or_none(desk.all_of("partners", "/partners/v1/keys", most=None))
    if listed is None:
        return away(request, pages, signed, "partners", "partners")
    known = _named(listed.items, partner_id, key_id)
    if known is None:
        return missing(request, pages)
    return show(
        request,
        pages,
        signed,
        "partners",
        "partner_revoke.html",
        status,
        partner_id=partner_id,
        one=known,
        wrong=wrong,
        **keyed(form or {}),
    )


def _named(items: Any, partner_id: str, key_id: str) -> Mapping[str, Any] | None:
    return next(
        (
            one
            for one in items
            if one.get("key_id") == key_id and one.get("partner_id") == partner_id
        ),
        None,
    )


def _end_of(day: str) -> str | None:
    """The end of that day in UTC; None where none is said, empty where it is no day."""
    if not day:
        return None
    try:
        return rfc3339(datetime.combine(date.fromisoformat(day), time.max, ZoneInfo("UTC")))
    except ValueError:
        return ""
