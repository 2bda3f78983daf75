"""The inbox: which events a consumer has handled or given up. Dedupe happens here, nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from asyncpg import Connection

from shared.runtime.clock import wall

KEPT = timedelta(days=45)  # longer than dead letters live (30 days), so a replay finds its row

_CLAIM = """
INSERT INTO inbox (consumer, event_id, outcome, received_at)
SELECT $1, x, 'done', $3 FROM unnest($2::uuid[]) x ORDER BY x
ON CONFLICT DO NOTHING RETURNING event_id::text
"""

_CLAIM_AGAIN = """
INSERT INTO inbox (consumer, event_id, outcome, received_at)
SELECT $1, x, 'done', $3 FROM unnest($2::uuid[]) x ORDER BY x
ON CONFLICT (consumer, event_id) DO UPDATE SET outcome = 'done', received_at = excluded.received_at
WHERE inbox.outcome = 'dead' RETURNING event_id::text
"""

_FORGET = """
DELETE FROM inbox WHERE ctid IN (SELECT ctid FROM inbox WHERE received_at < $1 LIMIT $2)
"""

DEAD = "UPDATE inbox SET outcome = 'dead' WHERE consumer = $1 AND event_id = $2::uuid"

# By a person's word: what is dropped is nothing that anybody still has to look at.
DROP = """
UPDATE inbox SET outcome = 'done' WHERE consumer = $1 AND event_id = $2::uuid AND outcome = 'dead'
"""


async def claim(con: Connection, consumer: str, events: Sequence[tuple[str, bool]]) -> list[bool]:
    """Which of these (event id, is a replay) are new here: no row yet, or dead and replayed."""
    fresh = {event_id for event_id, again in events if not again}
    again = {event_id for event_id, again in events if again}
    new: set[str] = set()
    for statement, ids in ((_CLAIM, fresh), (_CLAIM_AGAIN, again)):
        if ids:
            rows = await con.fetch(statement, consumer, sorted(ids), wall())
            new.update(row["event_id"] for row in rows)
    claimed = []
    for event_id, _ in events:
        claimed.append(event_id in new)
        new.discard(event_id)  # the same event twice in one batch is handled once
    return claimed


async def forget(con: Connection, most: int = 10_000) -> int:
    """Drop rows older than 45 days of wall time; gives how many.

    A bounded number a statement, or years of them would never come through its time-out.
    """
    total = 0
    while True:
        done = await con.execute(_FORGET, wall() - KEPT, most)
        gone = int(str(done).rsplit(" ", 1)[-1])
        total += gone
        if gone < most:
            return total
