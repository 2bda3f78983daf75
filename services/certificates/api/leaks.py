"""What a leaked key has signed, and what became of it: asked before it is said, and after."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from services.certificates.commands.keys import past
from services.certificates.domain.keys import earliest
from services.certificates.models import SigningKey
from shared.dates import rfc3339
from shared.errors import NotFound
from shared.runtime.asking import OperatorDep
from shared.runtime.edge import EdgeDep, ReaderDep
from shared.runtime.problems import problems
from shared.runtime.rows import where

router = APIRouter(tags=["keys and status"])
# As `reissue` has it: what holds and whose page is still there; and what has one under another key
# in its place, whether the leak replaced it or staff had that under way.
_COURSES = """
SELECT c.course_id, max(c.title) AS title, max(c.provider) AS provider,
    count(*) AS concerned, count(*) FILTER (WHERE c.status = 'valid') AS left_over
FROM certificates c
WHERE c.key_id = $1 AND c.signed_at >= $2
    AND (c.status = 'valid' AND EXISTS (
            SELECT FROM documents d WHERE d.certificate_id = c.certificate_id)
        OR c.status = 'superseded' AND EXISTS (
            SELECT FROM certificates s
            WHERE s.certificate_id = c.superseded_by AND s.key_id <> c.key_id))
GROUP BY c.course_id ORDER BY count(*) DESC, c.course_id
"""
KeyId = Annotated[str, Query(max_length=300, pattern=r"^[^\x00]*$")]
IssuerId = Annotated[str, Query(max_length=63, description="A body's; empty: the provider's")]


@router.get("/certificates/v1/keys/leak", responses=problems(401, 403, 404, 422))
async def leak(
    _caller: OperatorDep,
    reader: ReaderDep,
    edge: EdgeDep,
    key_id: KeyId = "",
    issuer: IssuerId = "",
    since: AwareDatetime | None = None,
) -> dict[str, Any]:
    """How many certificates of which courses are issued again if others had that key since then
    (the active one of that issuer where none is named; `since` as it was said, where it was):
    `concerned`, of which `done` are replaced and `left` are to come. Nothing is changed."""
    past(since, edge.now(), "/query/since")
    known = await reader.find(where(SigningKey))
    own = [k for k in known if k.state == "active" and k.issuer == issuer]
    key = next((k for k in known if k.key_id == key_id), None) if key_id else next(iter(own), None)
    if key is None and key_id:
        raise NotFound("key-unknown", "There is no such key. GET /certificates/v1/keys.")
    at = earliest(key.compromised_at if key else None, since)
    rows = await reader.fetch(_COURSES, key.key_id, at) if key and at else []
    courses = [
        {
            "course_id": row["course_id"],
            "title": row["title"],
            "provider": row["provider"],
            "concerned": row["concerned"],
            "left": row["left_over"],
        }
        for row in rows
    ]
    concerned, left = (sum(one[name] for one in courses) for name in ("concerned", "left"))
    return {
        "key_id": key.key_id if key else None,
        "since": rfc3339(at) if at else None,
        "concerned": concerned,
        "done": concerned - left,
        "left": left,
        "courses": courses,
    }
