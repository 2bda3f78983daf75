"""Sending a partner again what it was sent, for staff: how many and to where is shown before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from services.web.api.common import PagesDep, key_of, new_key
from services.web.api.console_deliveries import moment_of
from services.web.api.console_page import DeskDep, SystemDep, away, show
from services.web.api.console_partner import PARTNER, owner_path
from services.web.api.missing import missing
from services.web.api.signed_in import Signed, TheirFormDep
from services.web.owners import Answer, Away, or_none
from services.web.render import Pages
from services.web.staff import Desk
from services.web.unheard import FIELD, unheard_of

router = APIRouter(include_in_schema=False)
MOST_IDS = 50  # in one form


@router.get(PARTNER + "/replay")
async def preview(
    partner_id: str, request: Request, pages: PagesDep, signed: SystemDep, desk: DeskDep
) -> Response:
    """How many would be sent again, and to where, once it is said which."""
    query = request.query_params
    unheard_of(request).carries(query.get(FIELD, ""))  # by way of another choice
    if "endpoint" not in query:
        return await _replay(request, pages, signed, desk, partner_id, query)
    chosen, wrong = _chosen(query)
    if wrong:
        return await _replay(request, pages, signed, desk, partner_id, query, wrong, 422)
    fields = [(k, v) for k, value in chosen.items() for v in _each(k, value)]
    path = "/partners/v1/deliveries:replay?" + urlencode([("partner_id", partner_id), *fields])
    said = await or_none(desk.ask("partners", path))
    if said is None:
        said_no = "Partners did not answer just now. Ask again."
        return await _replay(request, pages, signed, desk, partner_id, query, said_no, 503)
    if not said.ok:
        return await _replay(request, pages, signed, desk, partner_id, query, _why(said), 422)
    return await _replay(request, pages, signed, desk, partner_id, query, told=said.body)


@router.post(PARTNER + "/replay")
async def replay(
    partner_id: str,
    form: TheirFormDep,
    request: Request,
    pages: PagesDep,
    signed: SystemDep,
    desk: DeskDep,
) -> Response:
    """Send them again."""
    chosen, wrong = _chosen(form)
    if wrong:
        return await _replay(request, pages, signed, desk, partner_id, form, wrong, 422)
    body = {("event_ids" if k == "event_id" else k): v for k, v in chosen.items()}
    body["partner_id"] = partner_id
    path = "/partners/v1/deliveries:replay"
    try:
        done = await desk.act("partners", path, body, key=key_of(form))
    except Away:
        said = "Partners did not answer. Send it again: it counts once."
        return await _replay(request, pages, signed, desk, partner_id, form, said, 503)
    if not done.ok:
        return await _replay(
            request, pages, signed, desk, partner_id, form, _why(done), done.status
        )
    many = done.body.get("replayed")
    return await _replay(request, pages, signed, desk, partner_id, {}, done=many)


async def _replay(
    request: Request,
    pages: Pages,
    signed: Signed,
    desk: Desk,
    partner_id: str,
    form: Mapping[str, str],
    wrong: str = "",
    status: int = 200,
    told: Mapping[str, Any] | None = None,
    done: int | None = None,
) -> Response:
    places = await or_none(desk.ask("partners", f"{owner_path(partner_id)}/endpoints"))
    told_it = bool(wrong) or done is not None  # what became of it is said whatever can be read
    if places is None and not told_it:
        return away(request, pages, signed, "partners", "partners")
    items = (places.body.get("items") or []) if places and places.ok else []
    if not items and not told_it:
        return missing(request, pages)
    return show(
        request,
        pages,
        signed,
        "partners",
        "replay.html",
        status,
        partner_id=partner_id,
        listed=places is not None and places.ok,
        places=[one for one in items if one["state"] == "active"],
        form=form,
        told=told,
        done=done,
        wrong=wrong,
        key=(form.get("key") if status == 503 else "") or new_key(),
    )


def _chosen(form: Mapping[str, str]) -> tuple[dict[str, Any], str]:
    """What is to be sent again, as the owner takes it; and what is wrong, if anything is."""
    chosen: dict[str, Any] = {"endpoint_id": form.get("endpoint", "")}
    which = form.get("which", "")
    if which == "parked":
        return chosen | {"status": "parked"}, ""
    if which == "ids":
        ids = form.get("ids", "").replace(",", " ").split()
        if not ids or len(ids) > MOST_IDS:
            return chosen, f"Give one to {MOST_IDS} event ids, with spaces or lines between them."
        return chosen | {"event_id": ids}, ""
    if which == "range":
        ends = [moment_of(form.get(name, "")) for name in ("from", "until")]
        if not all(ends):
            return chosen, "Give both moments, like 2026-11-30 or 2026-11-30 14:05, in UTC."
        return chosen | {"from": ends[0], "until": ends[1]}, ""
    return chosen, "Say which: a range, some events, or all that is parked."


def _each(name: str, value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def _why(answer: Answer) -> str:
    return answer.why or "It was refused."
