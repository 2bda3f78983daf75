"""Dead letters for staff: what services could not use, with contents; tried again, or dropped."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response

from services.web.api.common import PagesDep, key_of, new_key, see
from services.web.api.console_page import (
    Choices,
    DeskDep,
    SystemDep,
    away,
    note,
    once_more,
    sheet,
    show,
)
from services.web.api.missing import missing
from services.web.api.signed_in import Signed, TheirFormDep
from services.web.domain.board import SERVICES
from services.web.domain.tables import Column, table, view_of
from services.web.owners import Away, or_none, segment
from services.web.render import Pages
from services.web.staff import Desk
from shared.runtime.edge import EdgeDep

router = APIRouter(include_in_schema=False)
LIST = "/console/system/dead-letters"
LETTER = LIST + "/{owner}/{event_id}"
LETTERS = (
    Column("what", "Event"),
    Column("service", "Service"),
    Column("state", "State"),
    Column("reason", "Why"),
    Column("error", "Said"),
    Column("died", "Since, UTC"),
    Column("tries", "Tries", number=True),
    Column("origin", "From"),
    Column("key", "Key", hidden=True),
    Column("event_id", "Event id", hidden=True),
)
MOST = 500  # of a service on the page; its file has all of them
_REASON = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")  # as owners take it; names nobody


@router.get(LIST)
async def letters(request: Request, pages: PagesDep, signed: SystemDep, desk: DeskDep) -> Response:
    """Those of all services on which nobody has decided, the last to die first; as CSV with
    `?format=csv`, all of them or none."""
    query = request.query_params
    chosen = query.get("service") if query.get("service") in SERVICES else ""
    asked = [one for one in SERVICES if chosen in ("", one)]
    as_file = query.get("format") == "csv"
    most = None if as_file else MOST
    calls = [or_none(desk.all_of(name, f"/{name}/v1/dead-letters", most=most)) for name in asked]
    lists = await asyncio.gather(*calls)
    silent = [name for name, got in zip(asked, lists, strict=True) if got is None or got.refused]
    rows = [_row(item) for got in lists if got for item in got.items]
    rows.sort(key=lambda row: (row["died"], row["event_id"]), reverse=True)
    if as_file and not silent:
        return sheet(rows, LETTERS, query, "dead-letters")
    services = [("", "every"), *((one, one) for one in SERVICES)]
    return show(
        request,
        pages,
        signed,
        "system",
        "letters.html",
        503 if as_file else 200,
        cut=as_file,
        table=table(
            rows, LETTERS, view_of(query, ["service"]), any(got.more for got in lists if got)
        ),
        filters=[Choices("service", "Service", str(chosen), services)],
        away=silent,
        done={"replay": "It was handed to its service; what dies again comes back here.",
              "drop": "It was dropped."}.get(query.get("done", ""), ""),
    )  # fmt: skip


@router.get(LETTER)
async def letter(
    owner: str,
    event_id: str,
    request: Request,
    pages: PagesDep,
    signed: SystemDep,
    desk: DeskDep,
    edge: EdgeDep,
) -> Response:
    """One with its headers and contents, which may name people: that it was looked at is kept."""
    return await _letter(request, pages, signed, desk, edge, owner, event_id)


@router.post(LETTER + "/replay")
async def replay(
    owner: str,
    event_id: str,
    form: TheirFormDep,
    request: Request,
    pages: PagesDep,
    signed: SystemDep,
    desk: DeskDep,
    edge: EdgeDep,
) -> Response:
    """Have its service try it again."""
    place = (request, pages, signed, desk, edge, owner, event_id)
    return await _decide(place, "replay", {}, form)


@router.post(LETTER + "/drop")
async def drop(
    owner: str,
    event_id: str,
    form: TheirFormDep,
    request: Request,
    pages: PagesDep,
    signed: SystemDep,
    desk: DeskDep,
    edge: EdgeDep,
) -> Response:
    """Decide that nobody has to look at it any more, with the reason."""
    place = (request, pages, signed, desk, edge, owner, event_id)
    reason = "-".join(form.get("reason", "").lower().split())
    if not _REASON.fullmatch(reason) or len(reason) > 60:
        said = "A word or some: letters and digits, and no name. Such as: sent twice."
        return await _letter(*place, form, said, 422)
    return await _decide(place, "drop", {"reason": reason}, form)


async def _decide(
    place: tuple[Request, Pages, Signed, Desk, EdgeDep, str, str],
    what: str,
    body: Mapping[str, Any],
    form: dict[str, str],
) -> Response:
    request, pages, signed, desk, _, owner, event_id = place
    if owner not in SERVICES:
        return missing(request, pages)
    path = f"/{owner}/v1/dead-letters/{segment(event_id)}/{what}"
    try:
        done = await desk.act(owner, path, body, key=key_of(form))
    except Away:
        look = (LIST, "the dead letters")
        return once_more(request, pages, signed, "system", owner, form, look=look)
    if not done.ok:
        return await _letter(*place, form, done.detail or "It was refused.", done.status)
    return see(f"{LIST}?done={what}", personal=True)


async def _letter(
    request: Request,
    pages: Pages,
    signed: Signed,
    desk: Desk,
    edge: EdgeDep,
    owner: str,
    event_id: str,
    form: Mapping[str, str] | None = None,
    wrong: str = "",
    status: int = 200,
) -> Response:
    if owner not in SERVICES:
        return missing(request, pages)
    known = await or_none(desk.ask(owner, f"/{owner}/v1/dead-letters/{segment(event_id)}"))
    if known is None:
        return away(request, pages, signed, "system", owner)
    if not known.ok:
        return missing(request, pages)
    keys = {one: new_key() for one in ("replay", "drop")}  # a try after a refusal is another
    await note(edge, "console.dead-letter-read", f"{owner} {known.body['event_id']}")
    return show(
        request,
        pages,
        signed,
        "system",
        "letter.html",
        status,
        one=known.body,
        wrong=wrong,
        form=form or {},
        keys=keys,
    )


def _row(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "event_id": item["event_id"],
        "service": item["service"],
        "what": item.get("type") or "no type",
        "reason": str(item["reason"]).replace("-", " "),
        "error": " ".join(str(item["error"]).split())[-160:],
        "died": str(item["died_at"])[:16].replace("T", " "),
        "tries": item["attempts"],
        "origin": f"{item['topic']}/{item['partition']}@{item['offset']}",
        "state": item["state"],
        "key": item.get("key"),
    }
