"""Health: alive; able to answer requests; ready, with all that it does beside them; each with
reasons when not; and quiet (what is still to be done)."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from shared.runtime import deadlines, metrics
from shared.runtime.envelope import instant
from shared.runtime.problems import problems

PATIENCE = 9.0  # seconds; a scrape waits for ten
FORWARDED = {"x-forwarded-for", "forwarded"}  # what a front door adds


def router(service: str) -> APIRouter:
    """The routes of every service that watch it."""
    made = APIRouter(prefix=f"/{service}", tags=["health"])

    @made.get("/health/live")
    async def live() -> dict[str, str]:
        """The process answers."""
        return {"status": "live", "service": service}

    @made.get(
        "/health/answers",
        responses={503: {"description": "Requests cannot be answered; `reasons` says why"}},
    )
    async def answers(request: Request) -> Response:
        """Whether requests are to be sent here: its database and its clock are there. What a
        worker needs is not asked, so that Kafka's outage takes nobody's way in."""
        return _told(service, await request.app.state.service.unanswered(), "answers", "away")

    @made.get("/health/ready", responses={503: {"description": "Not ready; `reasons` says why"}})
    async def ready(request: Request) -> Response:
        """Its database, and in a worker its consumer, relay and sweep, are well."""
        return _told(service, await request.app.state.service.ills(), "ready", "unready")

    @made.get("/health/quiet", responses=problems())
    async def quiet(request: Request, revision: int | None = None) -> dict[str, Any]:
        """What it still has to do, by its own clock; asks the sandbox clock first, unless it has
        heard of this `revision` of it."""
        return await still_to_do(request.app.state.service, revision)

    @made.get("/metrics", include_in_schema=False)
    async def prometheus(request: Request) -> Response:
        """Prometheus metrics of this process, also while what it needs is away. Who comes through
        a front door is shown how the process does, and nothing of the business."""
        service = request.app.state.service
        if FORWARDED & set(request.headers):
            await _look_whether_ready(service)
            return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
        _, read = await asyncio.gather(_look_whether_ready(service), service.watching.shown())
        text = generate_latest() + generate_latest(metrics.INSIDE) + read
        return Response(text, media_type=CONTENT_TYPE_LATEST)

    return made


def _told(service: str, reasons: list[str], well: str, ill: str) -> Response:
    body = {"status": ill if reasons else well, "service": service, "reasons": reasons}
    headers = {"Retry-After": "2"} if reasons else None
    return JSONResponse(body, 503 if reasons else 200, headers)


async def _look_whether_ready(service: Any) -> None:
    ready = False
    with contextlib.suppress(Exception):
        async with asyncio.timeout(PATIENCE):
            ready = not await service.ills()
    metrics.service_ready.set(1 if ready else 0)


async def still_to_do(service: Any, revision: int | None = None) -> dict[str, Any]:
    """{"quiet", "works", "due": {"overdue", "next"}, "outbox", "lag", "in_flight", "clock"}; where
    it does not work itself (`role` api), its `lag` says nothing."""
    await service.clock.refresh(revision)
    lag = await service.lag()
    now = service.clock.now()
    async with service.api_db.acquire() as con:
        passed, upcoming = await deadlines.overdue(con, now)
        outbox = await con.fetchval("SELECT count(*) FROM outbox")
    in_flight = service.in_flight()
    quiet = not (passed or outbox or in_flight) and lag == 0
    if quiet:
        # What stood in the outbox at the first look may have come round as a record since.
        lag = await service.lag()
        in_flight = service.in_flight()
        quiet = lag == 0 and not in_flight
    return {
        "quiet": quiet,
        "works": service.works,
        "due": {"overdue": passed, "next": instant(upcoming) if upcoming else None},
        "outbox": outbox,
        "lag": lag,
        "in_flight": in_flight,
        "clock": instant(now),
    }
