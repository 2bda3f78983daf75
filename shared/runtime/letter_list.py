"""Dead letters over HTTP: what this service could not use, replayed as it stood, or dropped.

GET  /<service>/v1/dead-letters?reason=&type=&limit=&after=   operator
GET  /<service>/v1/dead-letters/{event_id}                    operator; audited
POST /<service>/v1/dead-letters/{event_id}/replay ¶           operator
POST /<service>/v1/dead-letters/{event_id}/drop ¶ {reason}    operator

What is decided stands in `letter_orders.py`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from shared.dates import parse_instant
from shared.errors import Malformed
from shared.runtime.asking import PAGE, After, Limit, OperatorDep, PathId
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep, ReaderDep, RequiredOnce
from shared.runtime.envelope import instant
from shared.runtime.letter_orders import Drop, Read, Replay, drop, read, replay
from shared.runtime.letter_told import KEY, shown, whole
from shared.runtime.problems import problems

_ABOUT = (
    "event_id, consumer, state, topic, partition, position, type, reason, error, attempts, missing,"
    f" died_at, substr(key, 1, {KEY}) AS key"
)
_PAGE = f"""
SELECT {_ABOUT} FROM dead_letters
WHERE ($1::text IS NULL OR reason = $1) AND ($2::text IS NULL OR type = $2)
  AND (died_at, event_id) < (coalesce($3::timestamptz, 'infinity'), $4)
ORDER BY died_at DESC, event_id DESC LIMIT $5
"""
Word = Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]*$")]


class DropBody(BaseModel):
    """Why, in a word or some (`sent-twice`); never a name: it stays in the audit."""

    reason: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)


def router(service: str) -> APIRouter:
    """The routes of every service about its dead letters."""
    made = APIRouter(
        prefix=f"/{service}/v1/dead-letters", tags=["dead letters"], route_class=Direct
    )

    @made.get("", responses=problems(400, 401, 403, 422))
    async def letters(
        _caller: OperatorDep,
        reader: ReaderDep,
        reason: Word = None,
        kind: Annotated[Word, Query(alias="type")] = None,
        limit: Limit = PAGE,
        after: After = None,
    ) -> dict[str, Any]:
        """Those of the last 30 days on which nobody has decided, the last to die first."""
        at, event_id = _place(after)
        rows = await reader.fetch(_PAGE, reason, kind, at, event_id, limit + 1)
        page, more = rows[:limit], len(rows) > limit
        last = f"{instant(page[-1]['died_at'])}/{page[-1]['event_id']}" if more else None
        return {"items": [shown(service, row) for row in page], "next": last}

    @made.get("/{event_id}", responses=problems(401, 403, 404))
    async def letter(event_id: PathId, _caller: OperatorDep, edge: EdgeDep) -> Response:
        """One of them with its headers and contents, which may name people; audited."""
        return await edge.run(read, Read(event_id), answer=lambda row: (200, whole(service, row)))

    @made.post("/{event_id}/replay", status_code=202, responses=problems(400, 401, 403, 404, 409))
    async def replay_letter(
        event_id: PathId, _caller: OperatorDep, edge: EdgeDep, once: RequiredOnce
    ) -> Response:
        """Have the service try it again, as it stood."""
        asked = Replay(event_id)
        return await edge.run(
            replay, asked, once=once, answer=lambda row: (202, shown(service, dict(row)))
        )

    @made.post("/{event_id}/drop", responses=problems(400, 401, 403, 404, 409, 422))
    async def drop_letter(
        event_id: PathId,
        body: DropBody,
        _caller: OperatorDep,
        edge: EdgeDep,
        once: RequiredOnce,
    ) -> Response:
        """Decide that nobody has to look at it any more."""
        return await edge.run(
            drop,
            Drop(event_id, body.reason),
            once=once,
            answer=lambda row: (200, shown(service, dict(row)) | {"state": "dropped"}),
        )

    return made


def _place(after: str | None) -> tuple[datetime | None, str]:
    """`died_at/event_id`. Raises Malformed."""
    if after is None:
        return None, ""
    at, _, event_id = after.partition("/")
    try:
        if "\x00" in event_id:
            raise ValueError("no row can be there")
        return parse_instant(at), event_id
    except ValueError as why:
        raise Malformed("cursor-invalid", "Take `next` of the page before as it is.") from why
