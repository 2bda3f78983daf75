"""How mails and texts go out just now: what is due soon, what is late, what the last hour gave."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request

from shared.dates import rfc3339
from shared.runtime.asking import OperatorDep
from shared.runtime.edge import ReaderDep
from shared.runtime.problems import problems

router = APIRouter()
HOUR, WEEK = timedelta(hours=1), timedelta(days=7)
# By ranges of one state each, which have an index; `reason` says what a planned one waits for.
_AHEAD = """
SELECT count(*) FILTER (WHERE due_at > $1) AS soon,
  count(*) FILTER (WHERE due_at <= $1 AND reason = '') AS late,
  count(*) FILTER (WHERE due_at <= $1 AND reason <> '') AS waiting,
  min(due_at) FILTER (WHERE due_at <= $1 AND reason = '') AS since
FROM messages WHERE state = 'planned' AND due_at <= $2
"""
_FAILED = "SELECT count(*) AS n FROM messages WHERE state = 'failed' AND due_at > $1"
_HOUR = """
SELECT state, count(*) AS n FROM messages WHERE due_at > $1 AND due_at <= $2 GROUP BY state
"""
_STATES = ("sent", "sending", "skipped", "cancelled", "failed")


@router.get(
    "/notifications/v1/outlook", response_model=dict[str, Any], responses=problems(401, 403)
)
async def outlook(request: Request, _caller: OperatorDep, reader: ReaderDep) -> dict[str, Any]:
    """Counts only: `soon` are due within the hour, `late` ought to be out (since `late_since`),
    `waiting` for something that was not heard yet; `last_hour` is what became of those that were
    due in it, and `failed` those of the last seven days that did not go out."""
    now = request.app.state.clock.now()
    [ahead] = await reader.fetch(_AHEAD, now, now + HOUR)
    [failed] = await reader.fetch(_FAILED, now - WEEK)
    hour = {row["state"]: row["n"] for row in await reader.fetch(_HOUR, now - HOUR, now)}
    return {
        "as_of": rfc3339(now),
        "soon": ahead["soon"],
        "late": ahead["late"],
        "late_since": rfc3339(ahead["since"]) if ahead["since"] else None,
        "waiting": ahead["waiting"],
        "failed": failed["n"],
        "last_hour": {state: hour.get(state, 0) for state in _STATES},
    }
