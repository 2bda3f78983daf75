"""Tasks for staff: what needs a human in any service, and closing it. The first room of System."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response

from services.web.api.common import PagesDep, key_of, see
from services.web.api.console_page import (
    Choices,
    DeskDep,
    ReadsDep,
    answered,
    away,
    keyed,
    once_more,
    sheet,
    show,
)
from services.web.api.missing import missing
from services.web.api.signed_in import NotAllowed, Signed, TheirFormDep
from services.web.domain.board import SERVICES
from services.web.domain.roles import may
from services.web.domain.tables import Column, table, view_of
from services.web.owners import Away, or_none, segment
from services.web.render import Pages
from services.web.staff import Desk
from shared.dates import parse_instant
from shared.runtime.edge import EdgeDep

router = APIRouter(include_in_schema=False)
OWNERS = tuple(name for name in SERVICES if name != "web")
TASKS = (
    Column("what", "What to do"),
    Column("service", "Service"),
    Column("opened", "Since, UTC"),
    Column("due", "By, UTC"),
    Column("about", "About"),
    Column("kind", "Kind", hidden=True),
    Column("task_id", "Task", hidden=True),
)
_REASON = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")  # as owners take it; names nobody


@router.get("/console/system")
async def system(
    request: Request, pages: PagesDep, signed: ReadsDep, desk: DeskDep, edge: EdgeDep
) -> Response:
    """Tasks of all services, oldest first; as CSV with `?format=csv`, all of them or none."""
    query = request.query_params
    state = query.get("state") if query.get("state") in ("closed", "all") else "open"
    as_file = query.get("format") == "csv"
    most = None if as_file else 1_000
    asked = [
        or_none(desk.all_of(name, f"/{name}/v1/tasks?state={state}", most=most)) for name in OWNERS
    ]
    lists = await asyncio.gather(*asked)
    silent = [name for name, found in zip(OWNERS, lists, strict=True) if found is None]
    now = edge.now()
    rows = [_row(item, now) for found in lists if found for item in found.items]
    rows.sort(key=lambda row: (row["opened"], row["task_id"]))
    if as_file and not silent:
        return sheet(rows, TASKS, query, "tasks")
    more = any(found.more for found in lists if found)
    choices = [("", "open"), ("closed", "closed"), ("all", "all")]
    chosen = "" if state == "open" else str(state)
    return show(
        request,
        pages,
        signed,
        "system",
        "tasks.html",
        503 if as_file else 200,
        cut=as_file,
        table=table(rows, TASKS, view_of(query, ["state"]), more),
        filters=[Choices("state", "State", chosen, choices)],
        away=silent,
    )


@router.get("/console/system/tasks/{owner}/{task_id}")
async def task(
    owner: str, task_id: str, request: Request, pages: PagesDep, signed: ReadsDep, desk: DeskDep
) -> Response:
    """One task, and closing it."""
    return await _task(request, pages, signed, desk, owner, task_id)


@router.post("/console/system/tasks/{owner}/{task_id}")
async def close(
    owner: str,
    task_id: str,
    form: TheirFormDep,
    request: Request,
    pages: PagesDep,
    signed: ReadsDep,
    desk: DeskDep,
) -> Response:
    """Say that it was done, and how: for whoever runs courses, or money."""
    if not _may_close(signed):
        raise NotAllowed
    reason = "-".join(form.get("reason", "").lower().split())
    if not _REASON.fullmatch(reason) or len(reason) > 60:
        said = "A word or some: letters and digits, and no name. Such as: done by phone."
        return await _task(request, pages, signed, desk, owner, task_id, form, said, 422)
    if owner not in OWNERS:
        return missing(request, pages)
    path = f"/{owner}/v1/tasks/{segment(task_id)}/close"
    try:
        done = await desk.act(owner, path, {"reason": reason}, key=key_of(form))
    except Away:
        return once_more(request, pages, signed, "system", owner, form)
    if not done.ok:
        said, again = done.detail or "It was refused.", answered(form)
        return await _task(request, pages, signed, desk, owner, task_id, again, said, done.status)
    return see("/console/system", personal=True)


async def _task(
    request: Request,
    pages: Pages,
    signed: Signed,
    desk: Desk,
    owner: str,
    task_id: str,
    form: Mapping[str, str] | None = None,
    wrong: str = "",
    status: int = 200,
) -> Response:
    if owner not in OWNERS:
        return missing(request, pages)
    known = await or_none(desk.ask(owner, f"/{owner}/v1/tasks/{segment(task_id)}"))
    if known is None:
        return away(request, pages, signed, "system", owner)
    if not known.ok:
        return missing(request, pages)
    return show(
        request,
        pages,
        signed,
        "system",
        "task.html",
        status,
        task=known.body,
        closes=_may_close(signed),
        wrong=wrong,
        form=form or {},
        **keyed(form or {}),
    )


def _may_close(signed: Signed) -> bool:
    return may(signed.roles, "run") or may(signed.roles, "money")


def _row(item: Mapping[str, Any], now: Any) -> dict[str, Any]:
    due = item.get("due_at")
    about = item.get("about") or {}
    return {
        "task_id": item["task_id"],
        "service": item["service"],
        "kind": item["kind"],
        "what": item.get("what") or str(item["kind"]).replace("-", " ").capitalize(),
        "opened": str(item["opened_at"])[:16].replace("T", " "),
        "due": str(due)[:16].replace("T", " ") if due else "",
        "late": bool(due) and item.get("closed_at") is None and parse_instant(due) < now,
        "closed": item.get("closed_at"),
        "about": ", ".join(f"{name} {value}" for name, value in sorted(about.items())),
    }
