"""The queue of the unmatched, and the human who says who it was."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel

from services.attendance.api.words import Id, Reason, told
from services.attendance.commands import matching
from services.attendance.commands.gathering import STRANGERS
from services.attendance.commands.reading import reading
from services.attendance.commands.uploads import STANDS
from services.attendance.models import Unmatched
from shared.dates import rfc3339
from shared.runtime.asking import PAGE, After, Limit, OperatorDep, PathId
from shared.runtime.auth import needs_scope
from shared.runtime.database import Reader
from shared.runtime.direct import Direct
from shared.runtime.edge import EdgeDep, OptionalOnce, ReaderDep
from shared.runtime.problems import problems

router = APIRouter(tags=["unmatched"], route_class=Direct)
Filter = Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]*$")]

State = Literal["open", "matched", "dismissed"]

_PAGE = """
SELECT * FROM ({places}) s
WHERE ($1::text IS NULL OR id > $1) AND ($2::text IS NULL OR course_id = $2)
  AND ($3::text IS NULL OR session_id = $3)
ORDER BY id LIMIT $4
"""
_PAGES: Mapping[str, str] = {
    "open": _PAGE.format(places=STRANGERS),
    "matched": _PAGE.format(places="SELECT * FROM unmatched WHERE state = 'matched'"),
    "dismissed": _PAGE.format(places="SELECT * FROM unmatched WHERE state = 'dismissed'"),
}
_ONE = "SELECT * FROM unmatched WHERE id = $1"
_EVIDENCE = f"""
SELECT u.id, e.kind, e.at, e.until, e.source
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
  AS u(id, course_id, session_id, participant_id)
CROSS JOIN LATERAL (
  SELECT kind, at, NULL::timestamptz AS until, source FROM observations o
  WHERE o.course_id = u.course_id AND o.session_id = u.session_id
    AND o.participant_id = u.participant_id
  UNION ALL
  SELECT CASE WHEN waiting THEN 'waiting' ELSE 'interval' END, joined_at, left_at, origin
  FROM (
    SELECT DISTINCT sha256, waiting, joined_at, left_at, origin FROM report_lines r
    WHERE r.course_id = u.course_id AND r.session_id = u.session_id
      AND r.participant_id = u.participant_id AND {STANDS.format(of="r")}
  ) told
) e ORDER BY e.at, e.kind
"""
# Hints for the human, never a match by themselves. Address and name are joined one by one: by
# either at once Postgres compares each of a page with each of a course.
_HINTS = """
WITH u AS MATERIALIZED (
  SELECT id, course_id, lower(name) AS name, lower(email) AS email
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS u(id, course_id, name, email)
), p AS MATERIALIZED (
  SELECT r.course_id, r.registration_id,
    nullif(lower(p.name), '') AS name, nullif(lower(p.email), '') AS email
  FROM registrations r JOIN people p ON p.person_id = r.person_id
  WHERE r.course_id IN (SELECT course_id FROM u)
)
SELECT id, registration_id, bool_or(same_email) AS same_email FROM (
  SELECT u.id, p.registration_id, true AS same_email FROM u JOIN p USING (course_id, email)
  UNION ALL
  SELECT u.id, p.registration_id, false FROM u JOIN p USING (course_id, name)
) found GROUP BY id, registration_id ORDER BY id, registration_id
"""


class MatchBody(BaseModel):
    """Who it was, and why you think so; `registration_id` null: nobody who is registered."""

    registration_id: Id | None
    reason: Reason


@router.get(
    "/attendance/v1/unmatched",
    dependencies=[Depends(needs_scope("operator"))],
    response_model=dict[str, Any],
    responses=problems(401, 403),
)
async def queue(
    reader: ReaderDep,
    edge: EdgeDep,
    limit: Limit = PAGE,
    after: After = None,
    course_id: Filter = None,
    session_id: Filter = None,
    state: State = "open",
) -> Response:
    """Participants without a registration, with their evidence; with `state` those who were
    matched, or dismissed. That it was read is kept."""
    rows = await reader.fetch(_PAGES[state], after, course_id, session_id, limit + 1)
    page, more = rows[:limit], len(rows) > limit
    body = {
        "items": await _whole(reader, page),
        "next": page[-1]["id"] if more else None,
    }
    shown = reading("unmatched.read", (row["id"] for row in page))
    return await told(edge, shown, body)


@router.get(
    "/attendance/v1/unmatched/{unmatched_id}",
    dependencies=[Depends(needs_scope("operator"))],
    response_model=dict[str, Any],
    responses=problems(401, 403, 404),
)
async def one(unmatched_id: PathId, reader: ReaderDep, edge: EdgeDep) -> Response:
    """One participant as the list has them, in whatever state. That it was read is kept."""
    rows = await reader.fetch(_ONE, unmatched_id)
    if not rows:
        raise matching.UnmatchedUnknown("Nobody of this id is among those who were not matched.")
    [item] = await _whole(reader, rows)
    return await told(edge, reading("unmatched.read", [unmatched_id]), item)


@router.post(
    "/attendance/v1/unmatched/{unmatched_id}/match", responses=problems(401, 403, 404, 409, 422)
)
async def match(
    unmatched_id: PathId, body: MatchBody, caller: OperatorDep, edge: EdgeDep, once: OptionalOnce
) -> Response:
    """Say which registration a participant is, or that they are nobody's (null), and why."""
    asked = matching.Say(unmatched_id, body.registration_id, body.reason, caller.name)
    return await edge.run(matching.match, asked, once=once, answer=_matched)


def _matched(stranger: Unmatched) -> tuple[int, Any]:
    """Without the reasons: an answer is kept for its idempotency key, where no erasure looks."""
    history = [{k: v for k, v in entry.items() if k != "reason"} for entry in stranger.history]
    return 200, {
        "id": stranger.id,
        "state": stranger.state,
        "course_id": stranger.course_id,
        "session_id": stranger.session_id,
        "participant_id": stranger.participant_id,
        "registration_id": stranger.registration_id,
        "history": history,
    }


async def _whole(reader: Reader, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each with their evidence and the hints."""
    if not rows:
        return []
    keys = _columns(rows, "id", "course_id", "session_id", "participant_id")
    evidence = _by_id(await reader.fetch(_EVIDENCE, *keys), _line)
    named = _columns(rows, "id", "course_id", "name", "email")
    hints = _by_id(await reader.fetch(_HINTS, *named), _hint)
    return [_item(row, evidence[row["id"]], hints[row["id"]]) for row in rows]


def _columns(rows: Sequence[Mapping[str, Any]], *names: str) -> list[list[Any]]:
    return [[row[name] for row in rows] for name in names]


def _by_id(
    rows: Sequence[Mapping[str, Any]], shown: Callable[[Mapping[str, Any]], dict[str, Any]]
) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        found[row["id"]].append(shown(row))
    return found


def _item(
    row: Mapping[str, Any],
    evidence: Sequence[dict[str, Any]],
    hints: Sequence[dict[str, Any]],
) -> dict[str, Any]:
    return {
        "id": row["id"],
        "course_id": row["course_id"],
        "session_id": row["session_id"],
        "participant_id": row["participant_id"],
        "registration_id": row["claimed_registration_id"],
        "registrant_id": row["registrant_id"],
        "name": row["name"],
        "email": row["email"],
        "state": row["state"],
        "matched_to": row["registration_id"],
        "history": row["history"],
        "first_seen_at": rfc3339(row["first_seen_at"]),
        "evidence": evidence,
        "hints": hints,
    }


def _line(line: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "kind": line["kind"],
        "at": rfc3339(line["at"]),
        "until": rfc3339(line["until"]) if line["until"] else None,
        "source": line["source"],
    }


def _hint(row: Mapping[str, Any]) -> dict[str, Any]:
    because = "the same e-mail address" if row["same_email"] else "the same name"
    return {"registration_id": row["registration_id"], "because": because}
