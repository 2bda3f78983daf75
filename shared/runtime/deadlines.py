"""The table of deadlines, as whoever acts on it reads it: lane by lane, and what has passed.

The sweep does inside kinds, claims are of outside ones; both give what they do the ids of the very
deadline, and come back after the same pauses.
"""

from __future__ import annotations

from typing import Any
from uuid import uuid5

import asyncpg

from shared.runtime.due import Due
from shared.runtime.gathered import Origin
from shared.runtime.records import NAMESPACE

LONGEST_PAUSE = 3600.0  # seconds between tries of a deadline that fails by a defect

# The lanes of kinds, by hops in the index of `due`: so each lane is read no further than somebody
# wants of it, whatever the backlog of another lane or kind.
LANES = """
WITH RECURSIVE lanes AS (
  SELECT k.kind, (SELECT min(d.lane) FROM due d WHERE d.kind = k.kind) AS lane
  FROM unnest($2::text[]) AS k(kind)
  UNION ALL
  SELECT l.kind, (SELECT min(d.lane) FROM due d WHERE d.kind = l.kind AND d.lane > l.lane)
  FROM lanes l WHERE l.lane IS NOT NULL
)
"""
# The same of whatever kinds there are.
ALL_LANES = """
WITH RECURSIVE lanes AS (
  (SELECT kind, lane FROM due ORDER BY kind, lane LIMIT 1)
  UNION ALL
  SELECT n.kind, n.lane FROM lanes l CROSS JOIN LATERAL (
    SELECT kind, lane FROM due WHERE (kind, lane) > (l.kind, l.lane)
    ORDER BY kind, lane LIMIT 1) n
)
"""
# Those at infinity were dropped while they were acted on.
_OVERDUE = f"""
{ALL_LANES}
SELECT coalesce(sum(d.passed), 0)::bigint AS passed, min(d.next) AS next
FROM lanes l CROSS JOIN LATERAL (
  SELECT
    (SELECT count(*) FROM due
      WHERE due.kind = l.kind AND due.lane = l.lane AND due_at <= $1) AS passed,
    (SELECT due_at FROM due
      WHERE due.kind = l.kind AND due.lane = l.lane AND due_at > $1 AND due_at < 'infinity'
      ORDER BY due_at LIMIT 1) AS next) d
"""
COLUMNS = "id, kind, ref, due_at, version, payload, attempts, correlation, trace, lane"


def origin_of(due: Due, service: str, part: str = "") -> Origin:
    """Ids from the very deadline: the same if it is done again after a crash."""
    seed = f"{service}/{due.kind}/{due.ref}/{due.id}/{due.due_at.isoformat()}/{due.version}/{part}"
    space = uuid5(NAMESPACE, seed)
    return Origin(
        new_id=lambda name: str(uuid5(space, name)),
        cause=str(space),
        correlation=due.correlation,
        trace=due.trace,
        by=f"due:{due.kind}",
    )


def pause_after(attempts: int) -> float:
    """Seconds until a deadline that failed by a defect is tried again: at most an hour."""
    return min(LONGEST_PAUSE, 2.0 ** min(attempts, 12))


async def forget(con: asyncpg.Connection) -> None:
    """Drop deadlines that were dropped while somebody acted on them who never came back."""
    await con.execute("DELETE FROM due WHERE due_at = 'infinity' AND lease_until < now()")


async def overdue(con: asyncpg.Connection, now: Any) -> tuple[int, Any]:
    """How many deadlines have passed, and when the next one comes (None: none is planned). Of what
    is yet to come, however much, no more is read than the first of each lane."""
    row = await con.fetchrow(_OVERDUE, now)
    return row["passed"], row["next"]
