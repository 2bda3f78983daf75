"""Uploads of a session: which there are, and withdrawing one that was the wrong one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import BaseModel

from services.attendance.api.words import Reason, grace_of
from services.attendance.commands import withdrawing
from services.attendance.commands.completing import SessionUnknown
from services.attendance.commands.withdrawing import Withdraw
from services.attendance.models import Session, Withdrawal
from shared.dates import rfc3339
from shared.runtime.asking import PAGE, After, Limit, OperatorDep, PathId
from shared.runtime.auth import needs_scope
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep, OptionalOnce, ReaderDep
from shared.runtime.problems import problems

router = APIRouter(tags=["evidence"], route_class=Direct)
_PATH = "/attendance/v1/sessions/{course_id}/{session_id}/uploads"
_LONGEST = 9  # digits of a number
_LISTED = """
SELECT u.*, w.by AS withdrawn_by, w.at AS withdrawn_at, w.reason,
  (SELECT count(*) FROM report_lines l WHERE l.course_id = u.course_id
   AND l.session_id = u.session_id AND l.upload = u.number) AS lines
FROM uploads u LEFT JOIN withdrawals w USING (course_id, session_id, number)
WHERE u.course_id = $1 AND u.session_id = $2 AND u.number > $3 ORDER BY u.number LIMIT $4
"""
Number = Annotated[int, Path(ge=1, lt=10**_LONGEST, description="Of the upload in its session")]


class WithdrawBody(BaseModel):
    """Why: what was wrong with the file. Name nobody in it."""

    reason: Reason


@router.get(
    _PATH, dependencies=[Depends(needs_scope("operator"))], responses=problems(401, 403, 404, 422)
)
async def listed(
    course_id: PathId,
    session_id: PathId,
    reader: ReaderDep,
    limit: Limit = PAGE,
    after: After = None,
) -> dict[str, Any]:
    """What was uploaded of a session, in order; `withdrawn` says what counts no more, and why."""
    if await reader.get(Session, (course_id, session_id)) is None:
        raise SessionUnknown("There is no such session.")
    rows = await reader.fetch(_LISTED, course_id, session_id, _place(after), limit + 1)
    page, more = rows[:limit], len(rows) > limit
    return {
        "items": [_item(row) for row in page],
        "next": str(page[-1]["number"]) if more else None,
    }


@router.post(_PATH + "/{number}/withdraw", responses=problems(400, 401, 403, 404, 409, 422))
async def withdraw(
    course_id: PathId,
    session_id: PathId,
    number: Number,
    body: WithdrawBody,
    caller: OperatorDep,
    request: Request,
    edge: EdgeDep,
    once: OptionalOnce,
) -> Response:
    """Let an upload count no more: whom it concerns is settled anew. Asked again: the same."""
    asked = Withdraw(course_id, session_id, number, body.reason, caller.name, grace_of(request))
    return await edge.run(withdrawing.withdraw, asked, once=once, answer=_withdrawn)


def _withdrawn(row: Withdrawal) -> tuple[int, Any]:
    return 200, {"number": row.number, "by": row.by, "at": rfc3339(row.at), "reason": row.reason}


def _place(after: str | None) -> int:
    known = after is not None and after.isascii() and after.isdigit() and len(after) <= _LONGEST
    return int(after or 0) if known else 0


def _item(row: Mapping[str, Any]) -> dict[str, Any]:
    shown = ("number", "origin", "zone", "lines", "by")
    withdrawn = None
    if row["withdrawn_at"] is not None:
        by, at = row["withdrawn_by"], rfc3339(row["withdrawn_at"])
        withdrawn = {"by": by, "at": at, "reason": row["reason"]}
    return {
        **{name: row[name] for name in shown},
        "received_at": rfc3339(row["received_at"]),
        "withdrawn": withdrawn,
    }
