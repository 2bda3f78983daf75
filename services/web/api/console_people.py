"""One registration for staff: its whole story, attendance drawn, and what may be done."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from services.web.api.common import PagesDep, key_of, new_key, see
from services.web.api.console_page import DeskDep, PeopleDep, RunsDep, away, note, once_more, show
from services.web.api.console_paths import page_of
from services.web.api.console_reopening import reopenable
from services.web.api.missing import missing
from services.web.api.signed_in import Signed, TheirFormDep
from services.web.domain.money_rows import refunds_in
from services.web.domain.presence import sat_of
from services.web.domain.story import story_of
from services.web.owners import Away, segment, together
from services.web.render import Pages
from services.web.staff import Desk
from shared.runtime.edge import Edge, EdgeDep

router = APIRouter(include_in_schema=False)
_ONE = "/console/registrations/{registration_id}"
_OWNERS = ("registration", "billing", "attendance", "certificates", "notifications")


@router.get(_ONE)
async def registration(
    registration_id: str,
    request: Request,
    pages: PagesDep,
    signed: PeopleDep,
    desk: DeskDep,
    edge: EdgeDep,
) -> Response:
    """One registration: who, what for, how it stands, and all that happened."""
    return await _whole(request, pages, signed, desk, edge, registration_id)


@router.post(_ONE + "/messages/{message_id}/resend")
async def resend(
    registration_id: str,
    message_id: str,
    form: TheirFormDep,
    request: Request,
    pages: PagesDep,
    signed: RunsDep,
    desk: DeskDep,
    edge: EdgeDep,
) -> Response:
    """Send a message once more."""
    path = f"/notifications/v1/messages/{segment(message_id)}/resend"
    try:
        done = await desk.act("notifications", path, {}, key=key_of(form))
    except Away:  # its messages cannot be shown, so neither can the button with this key
        look = (page_of(registration_id), "the messages of this registration")
        return once_more(request, pages, signed, "people", "notifications", form, look=look)
    if done.ok:
        return see(page_of(registration_id), personal=True)
    said, status = done.detail or "Notifications refused it.", done.status
    return await _whole(request, pages, signed, desk, edge, registration_id, said, status)


async def _whole(
    request: Request,
    pages: Pages,
    signed: Signed,
    desk: Desk,
    edge: Edge,
    registration_id: str,
    wrong: str = "",
    status: int = 200,
) -> Response:
    one = segment(registration_id)
    answers = await together(
        *(desk.ask(name, f"/{name}/v1/registrations/{one}") for name in _OWNERS[:-1]),
        desk.ask("notifications", f"/notifications/v1/registrations/{one}/messages?limit=200"),
        desk.ask("attendance", f"/attendance/v1/registrations/{one}/lines"),
    )
    told = dict(zip(_OWNERS, answers[:-1], strict=True))
    lines = answers[-1]
    ours = told["registration"]
    if ours is None:
        return away(request, pages, signed, "people", "registration")
    if not ours.ok:
        return missing(request, pages)
    await note(edge, "console.registration-read", registration_id)
    said = {name: dict(got.body) if got and got.ok else None for name, got in told.items()}
    evidence = dict(lines.body) if lines and lines.ok else None
    # Who says that there is nothing says it; who gives no answer that can be shown is away.
    silent = [name for name, got in told.items() if got is None or not got.searched]
    if "attendance" not in silent and (lines is None or not lines.searched):
        silent.append("evidence")
    return show(
        request,
        pages,
        signed,
        "people",
        "registration.html",
        status,
        one=ours.body,
        said=said,
        away=silent,
        story=story_of(said | {"evidence": evidence}),
        more_messages=bool((said["notifications"] or {}).get("next")),
        sat=sat_of(said["attendance"], evidence, edge.now()),
        now=edge.now(),
        evaluating=reopenable(said["certificates"]),
        refunds=refunds_in(said["billing"] or {}),
        wrong=wrong,
        done=request.query_params.get("done", ""),
        new_key=new_key,
    )
