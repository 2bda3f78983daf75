"""Overview: a session as a whole, counted once everybody's attendance of it is settled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.attendance.commands.gathering import STRANGERS_OF, Fetches, is_expected
from services.attendance.models import Session

_SETTLED = """
SELECT g.confirmed_at IS NOT NULL AS confirmed, g.ended_at, g.given_back ? $2 AS gave_back,
  c.present
FROM registrations g
LEFT JOIN records c ON c.course_id = g.course_id AND c.session_id = $2
  AND c.registration_id = g.registration_id
WHERE g.course_id = $1
"""
_ENDS = """
SELECT at FROM observations
WHERE course_id = $1 AND session_id = $2 AND kind = 'meeting_ended'
"""
_LAST_ENTRY = """
SELECT max(at) AS at FROM observations
WHERE course_id = $1 AND session_id = $2 AND kind IN ('joined', 'admitted', 'breakout_joined')
"""


@dataclass(frozen=True, slots=True)
class Overview:
    """A session as a whole, once everybody's attendance of it is settled."""

    expected: int
    present: int
    strangers: int
    ends: tuple[datetime, ...]  # when its meetings were seen to end
    last_entry: datetime | None


async def overlook(con: Fetches, session: Session) -> Overview:
    """What can be counted of a session whose window is known."""
    key = (session.course_id, session.session_id)
    assert session.starts_at is not None
    settled = await con.fetch(_SETTLED, *key)
    there = [row["present"] for row in settled if is_expected(row, session.starts_at)]
    [strangers] = await con.fetch(STRANGERS_OF, *key)
    ends = await con.fetch(_ENDS, *key)
    [entry] = await con.fetch(_LAST_ENTRY, *key)
    return Overview(
        expected=len(there),
        present=sum(1 for present in there if present),
        strangers=strangers["n"],
        ends=tuple(row["at"] for row in ends),
        last_entry=entry["at"],
    )
