"""Overview: a session as a whole, counted once everybody's attendance of it is settled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from services.attendance.commands.gathering import STRANGERS_OF, Fetches, is_expected
from services.attendance.commands.uploads import STANDS
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
# Whether anything tells who was there: what was seen of somebody, a line that was not withdrawn, or
# a word of staff.
_KNOWN = f"""
SELECT EXISTS (SELECT FROM observations
    WHERE course_id = $1 AND session_id = $2 AND participant_id IS NOT NULL)
  OR EXISTS (SELECT FROM report_lines r
    WHERE course_id = $1 AND session_id = $2 AND {STANDS.format(of="r")})
  OR EXISTS (SELECT FROM corrections WHERE course_id = $1 AND session_id = $2) AS known
"""
_DOUBTS = """
SELECT doubts, count(*) AS n FROM records
WHERE course_id = $1 AND session_id = $2 AND doubts <> '[]' GROUP BY doubts
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
    known: bool  # whether there is any evidence of who was there
    doubts: Mapping[tuple[str, ...], int]  # what may have cost presence → of how many people


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
        known=await is_known(con, session),
        doubts={tuple(row["doubts"]): row["n"] for row in await con.fetch(_DOUBTS, *key)},
    )


async def is_known(con: Fetches, session: Session) -> bool:
    """Whether anything is known of who was at a session."""
    [row] = await con.fetch(_KNOWN, session.course_id, session.session_id)
    return bool(row["known"])


async def expected_of(con: Fetches, session: Session) -> int:
    """How many a session expects whose window is known."""
    assert session.starts_at is not None
    roll = await con.fetch(_SETTLED, session.course_id, session.session_id)
    return sum(1 for row in roll if is_expected(row, session.starts_at))
