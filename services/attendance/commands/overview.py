"""Overview: a session as a whole, counted once everybody's attendance of it is settled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from services.attendance.commands.gathering import STRANGERS_OF, Fetches, is_expected
from services.attendance.commands.uploads import STANDS
from services.attendance.models import Session

_SETTLED = """
SELECT g.registration_id, g.confirmed_at IS NOT NULL AS confirmed, g.ended_at,
  g.given_back ? $2 AS gave_back, c.present
FROM registrations g
LEFT JOIN records c ON c.course_id = g.course_id AND c.session_id = $2
  AND c.registration_id = g.registration_id
WHERE g.course_id = $1
"""
_ENDS = """
SELECT at FROM observations
WHERE course_id = $1 AND session_id = $2 AND kind = 'meeting_ended'
"""
# Of whom anything is known: what was seen of them, a line that was not withdrawn, or a word of
# staff. A participant whom nobody is matched to tells of nobody.
_KNOWN = f"""
SELECT registration_id FROM observations
  WHERE course_id = $1 AND session_id = $2 AND participant_id IS NOT NULL
UNION SELECT registration_id FROM report_lines r
  WHERE course_id = $1 AND session_id = $2 AND {STANDS.format(of="r")}
UNION SELECT registration_id FROM corrections WHERE course_id = $1 AND session_id = $2
UNION SELECT registration_id FROM unmatched u
  WHERE course_id = $1 AND session_id = $2 AND state = 'matched' AND (
    EXISTS (SELECT FROM observations o WHERE o.course_id = u.course_id
      AND o.session_id = u.session_id AND o.participant_id = u.participant_id)
    OR EXISTS (SELECT FROM report_lines r WHERE r.course_id = u.course_id
      AND r.session_id = u.session_id AND r.participant_id = u.participant_id
      AND {STANDS.format(of="r")}))
"""
_DOUBTS = """
SELECT doubts, count(*) AS n FROM records
WHERE course_id = $1 AND session_id = $2 AND doubts <> '[]'
  AND coalesce(schedule_version, $3) = $3 GROUP BY doubts
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
    known: int  # of whom of those expected there is any evidence
    doubts: Mapping[tuple[str, ...], int]  # what may have cost presence → of how many people


async def overlook(con: Fetches, session: Session) -> Overview:
    """What can be counted of a session whose window is known."""
    key = (session.course_id, session.session_id)
    assert session.starts_at is not None
    settled = await con.fetch(_SETTLED, *key)
    there = {
        row["registration_id"]: row["present"]
        for row in settled
        if is_expected(row, session.starts_at)
    }
    [strangers] = await con.fetch(STRANGERS_OF, *key)
    known = await con.fetch(_KNOWN, *key)
    ends = await con.fetch(_ENDS, *key)
    [entry] = await con.fetch(_LAST_ENTRY, *key)
    doubts = await con.fetch(_DOUBTS, *key, session.schedule_version)
    return Overview(
        expected=len(there),
        present=sum(1 for present in there.values() if present),
        strangers=strangers["n"],
        ends=tuple(row["at"] for row in ends),
        last_entry=entry["at"],
        known=sum(1 for row in known if row["registration_id"] in there),
        doubts={tuple(row["doubts"]): row["n"] for row in doubts},
    )
