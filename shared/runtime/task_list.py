"""Tasks for people: what stands open in this service, oldest first, and closing one by hand.

GET  /<service>/v1/tasks?state=&kind=&limit=&after=   operator
GET  /<service>/v1/tasks/{task_id}                    operator
POST /<service>/v1/tasks/{task_id}/close ¶ {reason}   operator

A task is closed by whoever did what it asks for where no fact says so. It is opened anew where the
facts still ask for it when they are next looked at; its number then rises. A kind that asks for a
decision which the service itself takes in is ended by that alone (`answers`, kind → how): closed by
hand it would be asked by nobody any more, and not be decided.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from shared.dates import parse_instant
from shared.errors import Conflict, NotFound
from shared.runtime.asking import PAGE, After, Limit, OperatorDep, PathId
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep, ReaderDep, RequiredOnce
from shared.runtime.envelope import instant
from shared.runtime.plans import needs
from shared.runtime.problems import problems
from shared.runtime.rows import replace, where
from shared.runtime.tables import Task
from shared.runtime.work import Work

CLOSED_BY_HAND = "closed-by-hand"
_PAGE = """
SELECT * FROM tasks
WHERE {state} AND ($1::text IS NULL OR kind = $1)
  AND (opened_at, task_id) > (coalesce($2::timestamptz, '-infinity'), $3)
ORDER BY opened_at, task_id LIMIT $4
"""
_STATES = {"open": "closed_at IS NULL", "closed": "closed_at IS NOT NULL", "all": "true"}
Kind = Annotated[str | None, Query(max_length=100, pattern=r"^[^\x00]*$")]


class TaskUnknown(NotFound):
    """There is no such task, or it was opened anew under another id since."""

    slug = "task-unknown"


class TaskIsClosed(Conflict):
    """It needs nobody any more."""

    slug = "task-closed"


class TaskUnanswered(Conflict):
    """It ends when what it asks for is decided, and not by being closed."""

    slug = "task-unanswered"


@dataclass(frozen=True, slots=True)
class Close:
    """Somebody did what a task asks for; `answers` are the kinds that only their answer ends."""

    task_id: str
    reason: str
    answers: Mapping[str, str] = field(default_factory=dict)


class CloseBody(BaseModel):
    """Why it needs nobody any more, in a word or some (`reported-by-hand`); never a name."""

    reason: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)


@needs(lambda asked: [where(Task, task_id=asked.task_id)])
async def close(work: Work, asked: Close) -> Task:
    """Close it by hand; audited, with the reason.

    Raises TaskUnknown, TaskIsClosed, TaskUnanswered.
    """
    known = work.first(where(Task, task_id=asked.task_id))
    if known is None:
        raise TaskUnknown("There is no such task.")
    if known.closed_at is not None:
        raise TaskIsClosed("This task is closed already.")
    if known.kind in asked.answers:
        raise TaskUnanswered(
            f"This task ends by itself once it is answered: {asked.answers[known.kind]}"
        )
    work.close_task(known.kind, known.ref, CLOSED_BY_HAND)
    work.audit("task.closed", known.task_id, asked.reason)
    return replace(known, closed_at=work.now)


def router(service: str, answers: Mapping[str, str] | None = None) -> APIRouter:
    """The routes of every service about its tasks; `answers`: kind → how it is answered."""
    made = APIRouter(prefix=f"/{service}/v1/tasks", tags=["tasks"], route_class=Direct)

    @made.get("", responses=problems(401, 403, 422))
    async def tasks(
        _caller: OperatorDep,
        reader: ReaderDep,
        state: Literal["open", "closed", "all"] = "open",
        kind: Kind = None,
        limit: Limit = PAGE,
        after: After = None,
    ) -> dict[str, Any]:
        """What needs a human, oldest first."""
        at, task_id = _place(after)
        page_of = _PAGE.format(state=_STATES[state])
        rows = await reader.fetch(page_of, kind, at, task_id, limit + 1)
        page, more = rows[:limit], len(rows) > limit
        last = f"{instant(page[-1]['opened_at'])}/{page[-1]['task_id']}" if more else None
        return {"items": [_shown(service, row) for row in page], "next": last}

    @made.get("/{task_id}", responses=problems(401, 403, 404, 422))
    async def task(task_id: PathId, _caller: OperatorDep, reader: ReaderDep) -> dict[str, Any]:
        """One task, open or closed."""
        found = await reader.find(where(Task, task_id=task_id))
        if not found:
            raise TaskUnknown("There is no such task.")
        return _shown(service, dict(found[0]))

    @made.post("/{task_id}/close", responses=problems(400, 401, 403, 404, 409, 422))
    async def close_task(
        task_id: PathId,
        body: CloseBody,
        _caller: OperatorDep,
        edge: EdgeDep,
        once: RequiredOnce,
    ) -> Response:
        """Close a task that was done where no fact says so."""
        asked = Close(task_id, body.reason, answers or {})
        return await edge.run(
            close, asked, once=once, answer=lambda row: (200, _shown(service, dict(row)))
        )

    return made


def _place(after: str | None) -> tuple[datetime | None, str]:
    """`opened_at/task_id`; what is none begins at the beginning."""
    at, _, task_id = (after or "").partition("/")
    try:
        return parse_instant(at), task_id
    except ValueError:
        return None, ""


def _shown(service: str, row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "task_id": row["task_id"],
        "service": service,
        "kind": row["kind"],
        "what": row["what"] or None,
        "about": row["about"],
        "number": row["number"],
        "opened_at": instant(row["opened_at"]),
        "due_at": instant(row["due_at"]) if row["due_at"] else None,
        "closed_at": instant(row["closed_at"]) if row["closed_at"] else None,
    }
