"""What the gateway reports against the books."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from services.billing.api.bodies import MoneyBody, money
from services.billing.commands.reconcile import Asked, Reconciler
from services.billing.models import FindingRow, Reconciliation
from shared.dates import rfc3339
from shared.errors import NotFound
from shared.runtime.asking import PAGE, After, Limit, OperatorDep, PathId
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep, ReaderDep, RequiredOnce
from shared.runtime.problems import problems

router = APIRouter(tags=["reconciliation"], route_class=Direct)
Day = Annotated[date | None, Query(description="A day of the books; the last one if none.")]
_LAST = """
SELECT * FROM reconciliations WHERE finished_at IS NOT NULL AND error <> 'gateway-away'
AND ($1::date IS NULL OR day = $1) ORDER BY started_at DESC, run_id DESC LIMIT 1
"""
_FAILED_SINCE = """
SELECT max(finished_at) AS at FROM reconciliations WHERE error = 'gateway-away'
AND ($1::date IS NULL OR day = $1) AND ($2::timestamptz IS NULL OR started_at > $2)
"""
# What a comparison found: seen by it or before it, and not gone before it.
_FOUND = """
SELECT * FROM findings WHERE first_seen <= $1 AND (resolved_at IS NULL OR resolved_at > $1)
AND finding_id > $2 ORDER BY finding_id LIMIT $3
"""


class AskedBody(BaseModel):
    """Look at it by its id until it is finished."""

    run_id: str


class RunBody(BaseModel):
    """`looked_up` is how much it first looked up at the gateway; `error` why not all is compared:
    `gateway-away` (nothing is), `gateway-away-in-part`, or `look-ups-open`, where something was
    still being looked up."""

    run_id: str
    day: str
    asked_by: str
    started_at: str
    finished_at: str | None
    movements: int
    looked_up: int
    findings: int
    error: str | None


class FindingBody(BaseModel):
    """Something that does not agree, since when, and what to do."""

    finding_id: str
    kind: str
    about: str
    amount: MoneyBody | None
    cause: str | None
    next_step: str
    since: str


class FoundBody(BaseModel):
    """What the last comparison of a day found; no `run_id` where there was none. `error` is where a
    gateway did not report, or has not answered all look-ups yet, so that what only it knows was
    left out; `failed_since` when a later one ended that could compare nothing."""

    day: str | None
    run_id: str | None
    finished_at: str | None
    error: str | None
    failed_since: str | None
    findings: list[FindingBody]
    next: str | None


@router.post(
    "/billing/v1/reconciliation",
    status_code=202,
    response_model=AskedBody,
    responses=problems(401, 403),
)
async def reconcile(
    request: Request, caller: OperatorDep, edge: EdgeDep, once: RequiredOnce
) -> Response:
    """Fetch what the gateways report, and compare."""
    reconciler: Reconciler = request.app.state.reconciler
    return await edge.run(
        reconciler.ask,
        Asked(caller.name),
        once=once,
        answer=lambda run: (202, {"run_id": run.run_id}),
    )


@router.get(
    "/billing/v1/reconciliation/runs/{run_id}",
    response_model=RunBody,
    responses=problems(401, 403, 404),
)
async def show_run(run_id: PathId, _caller: OperatorDep, reader: ReaderDep) -> Any:
    """How far one is."""
    run = await reader.get(Reconciliation, run_id)
    if run is None:
        raise NotFound("reconciliation-unknown", "There is no such reconciliation.")
    return {
        "run_id": run.run_id,
        "day": run.day.isoformat(),
        "asked_by": run.asked_by,
        "started_at": rfc3339(run.started_at),
        "finished_at": rfc3339(run.finished_at) if run.finished_at else None,
        "movements": run.moved,
        "looked_up": run.looked_up,
        "findings": run.found,
        "error": run.error or None,
    }


@router.get(
    "/billing/v1/reconciliation",
    response_model=FoundBody,
    responses=problems(401, 403),
)
async def findings(
    _caller: OperatorDep,
    reader: ReaderDep,
    day: Annotated[
        date | None, Query(description="A day of the books; the last one if none")
    ] = None,
    limit: Limit = PAGE,
    after: After = None,
) -> Any:
    """What the last reconciliation of a day found."""
    runs = await reader.fetch(_LAST, day)
    [failed] = await reader.fetch(_FAILED_SINCE, day, runs[0]["started_at"] if runs else None)
    failed_since = rfc3339(failed["at"]) if failed["at"] else None
    if not runs:
        return {
            "day": day.isoformat() if day else None,
            "run_id": None,
            "finished_at": None,
            "error": None,
            "failed_since": failed_since,
            "findings": [],
            "next": None,
        }
    run = runs[0]
    rows = await reader.fetch(_FOUND, run["finished_at"], after or "", limit + 1)
    return {
        "day": run["day"].isoformat(),
        "run_id": run["run_id"],
        "finished_at": rfc3339(run["finished_at"]),
        "error": run["error"] or None,
        "failed_since": failed_since,
        "findings": [_as_json(FindingRow(**dict(row))) for row in rows[:limit]],
        "next": rows[limit - 1]["finding_id"] if len(rows) > limit else None,
    }


def _as_json(row: FindingRow) -> dict[str, Any]:
    known = row.amount_minor is not None and row.currency
    return {
        "finding_id": row.finding_id,
        "kind": row.kind,
        "about": row.about,
        "amount": money(row.amount_minor or 0, row.currency) if known else None,
        "cause": row.cause,
        "next_step": row.next_step,
        "since": rfc3339(row.first_seen),
    }
