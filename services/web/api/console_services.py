"""Services for staff: what runs, in which release; and where each stands in each partition."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response

from services.web.api.common import PagesDep
from services.web.api.console_page import Choices, DeskDep, ReadsDep, sheet, show
from services.web.domain.board import SERVICES, Queue, queue_of
from services.web.domain.running import places_of, running_of
from services.web.domain.tables import Column, table, view_of
from services.web.owners import SHOWING, Answer, together
from services.web.staff import Desk
from shared.runtime.health import still_to_do

router = APIRouter(include_in_schema=False)
PARTITIONS = (
    Column("topic", "Topic"),
    Column("partition", "Partition", number=True),
    Column("lag", "Behind", number=True),
    Column("service", "Heard by"),
    Column("committed", "Handled to", number=True),
    Column("end", "End", number=True),
    Column("holder", "Worker"),
    Column("looked", "As of, UTC", hidden=True),
)


@router.get("/console/system/services")
async def services(request: Request, pages: PagesDep, signed: ReadsDep, desk: DeskDep) -> Response:
    """Each service by its own word just now: its release, its processes, what it has to do."""
    said, queues = await asyncio.gather(_processes(desk, SERVICES), _fares(request, desk))
    every = [running_of(queue.service, queue, said[queue.service]) for queue in queues]
    return show(request, pages, signed, "system", "services.html", services=every)


@router.get("/console/system/partitions")
async def partitions(
    request: Request, pages: PagesDep, signed: ReadsDep, desk: DeskDep
) -> Response:
    """Where each consumer group stands, and which worker hears it; as CSV with `?format=csv`."""
    query = request.query_params
    chosen = query.get("service") if query.get("service") in SERVICES else ""
    asked = [one for one in SERVICES if chosen in ("", one)]
    said = await _processes(desk, asked)
    rows = [row for name, one in said.items() if one for row in places_of(name, one)]
    if query.get("which") == "behind":
        rows = [row for row in rows if row["lag"]]
    rows.sort(key=lambda row: (-row["lag"], row["topic"], row["partition"], row["service"]))
    if query.get("format") == "csv":
        return sheet(rows, PARTITIONS, query, "partitions")
    names = [("", "every"), *((one, one) for one in SERVICES)]
    which = [("", "all"), ("behind", "that are behind")]
    return show(
        request,
        pages,
        signed,
        "system",
        "partitions.html",
        table=table(rows, PARTITIONS, view_of(query, ["service", "which"])),
        filters=[
            Choices("service", "Heard by", str(chosen), names),
            Choices("which", "Which", "behind" if query.get("which") == "behind" else "", which),
        ],
        away=[name for name, one in said.items() if one is None],
        unheard=[name for name, one in said.items() if one and not one.get("looked_at")],
    )


async def _processes(desk: Desk, names: Any) -> dict[str, Mapping[str, Any] | None]:
    """Service → what it says of its processes; None for each that is away."""
    answers = await together(*(desk.ask(name, f"/{name}/v1/processes") for name in names))
    return {name: _body(answer) for name, answer in zip(names, answers, strict=True)}


async def _fares(request: Request, desk: Desk) -> list[Queue]:
    """How far each service is; web asks itself."""
    owners = [name for name in SERVICES if name != "web"]
    asked = together(*(desk.ask(name, f"/{name}/health/quiet") for name in owners))
    answers, own = await asyncio.gather(asked, _own(request))
    said = dict(zip(owners, map(_body, answers), strict=True)) | {"web": own}
    return [queue_of(name, said[name], None) for name in SERVICES]


async def _own(request: Request) -> dict[str, Any] | None:
    try:
        async with asyncio.timeout(SHOWING):
            return await still_to_do(request.app.state.service)
    except Exception:  # the page says so, and shows the rest
        return None


def _body(answer: Answer | None) -> Mapping[str, Any] | None:
    return answer.body if answer and answer.ok else None
