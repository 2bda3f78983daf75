"""One partner for staff: what it sees, where it is told, what it sends in, and its keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response

from services.web.api.common import PagesDep, key_of, new_key, see
from services.web.api.console_page import DeskDep, SystemDep, answered, away, keyed, once_more, show
from services.web.api.missing import missing
from services.web.api.signed_in import Signed, TheirFormDep
from services.web.owners import Answer, Away, or_none, segment, together
from services.web.render import Pages
from services.web.staff import Desk

router = APIRouter(include_in_schema=False)
PARTNER = "/console/partners/{partner_id}"
PLACE = PARTNER + "/endpoints/{endpoint_id}"
LATEST = 8  # deliveries on the page; the log has them all
MOST_KEYS = 2_000


@router.get(PARTNER)
async def partner(
    partner_id: str, request: Request, pages: PagesDep, signed: SystemDep, desk: DeskDep
) -> Response:
    """All of one partner, as far as its owner says it just now."""
    return await _partner(request, pages, signed, desk, partner_id)


@router.post(PLACE + "/test")
async def test(
    partner_id: str,
    endpoint_id: str,
    form: TheirFormDep,
    request: Request,
    pages: PagesDep,
    signed: SystemDep,
    desk: DeskDep,
) -> Response:
    """Send a test event there; what came of it stands in the log."""
    place = (request, pages, signed, desk, partner_id)
    path = f"{owner_path(partner_id)}/endpoints/{segment(endpoint_id)}/test"
    try:
        done = await desk.act("partners", path, {}, key=key_of(form))
    except Away:  # the page that has the button is theirs too
        look = (log_of(partner_id, endpoint_id), "the log of what was sent there")
        return once_more(request, pages, signed, "partners", "partners", form, look=look)
    if not done.ok:
        return await _partner(*place, done.detail or "It was refused.", done.status)
    return see(log_of(partner_id, endpoint_id), personal=True)


@router.get(PLACE + "/rotate")
async def ask_rotate(
    partner_id: str,
    endpoint_id: str,
    request: Request,
    pages: PagesDep,
    signed: SystemDep,
    desk: DeskDep,
) -> Response:
    """What another secret means, before it is made."""
    return await _rotate(request, pages, signed, desk, partner_id, endpoint_id)


@router.post(PLACE + "/rotate")
async def rotate(
    partner_id: str,
    endpoint_id: str,
    form: TheirFormDep,
    request: Request,
    pages: PagesDep,
    signed: SystemDep,
    desk: DeskDep,
) -> Response:
    """Make it, and show it this once: in this answer, and nowhere else."""
    place = (request, pages, signed, desk, partner_id, endpoint_id)
    path = f"{owner_path(partner_id)}/endpoints/{segment(endpoint_id)}/rotate"
    try:
        done = await desk.act("partners", path, {}, key=key_of(form))
    except Away:
        # Sent again, it is the same request: the same secret, not another.
        return once_more(request, pages, signed, "partners", "partners", form)
    if not done.ok:
        wrong = done.detail or "It was refused."
        return await _rotate(*place, wrong, done.status, answered(form))
    return shown_once(
        request, pages, signed, partner_id, "New secret", str(done.body["secret"]),
        f"Webhooks to {done.body.get('url')} are signed with it from now on, and with the former"
        " one beside it for 24 hours.",
    )  # fmt: skip


def log_of(partner_id: str, endpoint_id: str) -> str:
    """What was sent to one endpoint, newest first."""
    return f"/console/partners/{segment(partner_id)}/deliveries?endpoint={segment(endpoint_id)}"


def owner_path(partner_id: str) -> str:
    """Where its owner has a partner."""
    return f"/partners/v1/partners/{segment(partner_id)}"


def shown_once(
    request: Request,
    pages: Pages,
    signed: Signed,
    partner_id: str,
    title: str,
    secret: str,
    said: str,
) -> Response:
    """A page with a secret or a key: kept by no cache, and made by no other address."""
    return show(
        request, pages, signed, "partners", "partner_secret.html", 201,
        partner_id=partner_id, title=title, secret=secret, said=said,
    )  # fmt: skip


async def _partner(
    request: Request,
    pages: Pages,
    signed: Signed,
    desk: Desk,
    partner_id: str,
    wrong: str = "",
    status: int = 200,
) -> Response:
    path = owner_path(partner_id)
    known = await or_none(desk.ask("partners", path))
    if known is None:
        return away(request, pages, signed, "partners", "partners")
    if not known.ok:
        return missing(request, pages)
    log = f"/partners/v1/deliveries?partner_id={segment(partner_id)}&limit={LATEST}"
    parts = [f"{path}/endpoints", log, f"{path}/stream", f"{path}/inbound"]
    parts.append(f"{path}/inbound/mapping")
    places, sent, stream, intake, mapping = await together(
        *(desk.ask("partners", part) for part in parts)
    )
    keys = await or_none(desk.all_of("partners", "/partners/v1/keys", MOST_KEYS))
    return show(
        request,
        pages,
        signed,
        "partners",
        "partner.html",
        status,
        partner=known.body,
        places=_items(places),
        sent=_items(sent),
        stream=_body(stream),
        intake=_body(intake),
        mapping=_body(mapping),
        keys=keys and [one for one in keys.items if one.get("partner_id") == partner_id],
        wrong=wrong,
        new_key=new_key,
    )


async def _rotate(
    request: Request,
    pages: Pages,
    signed: Signed,
    desk: Desk,
    partner_id: str,
    endpoint_id: str,
    wrong: str = "",
    status: int = 200,
    form: Mapping[str, str] | None = None,
) -> Response:
    path = f"{owner_path(partner_id)}/endpoints/{segment(endpoint_id)}"
    known = await or_none(desk.ask("partners", path))
    if known is None and not wrong:
        return away(request, pages, signed, "partners", "partners")
    if known is not None and not known.ok:
        return missing(request, pages)
    return show(
        request,
        pages,
        signed,
        "partners",
        "partner_rotate.html",
        status,
        partner_id=partner_id,
        endpoint_id=endpoint_id,
        endpoint=known.body if known else None,
        wrong=wrong,
        **keyed(form or {}),
    )


def _items(answer: Answer | None) -> list[Any] | None:
    """The items of a list; None where it is not known just now."""
    return list(answer.body.get("items") or []) if answer is not None and answer.ok else None


def _body(answer: Answer | None) -> Mapping[str, Any] | None:
    """What its owner says; empty where there is none, None where that is not known just now."""
    if answer is None:
        return None
    return answer.body if answer.ok else ({} if answer.status == 404 else None)
