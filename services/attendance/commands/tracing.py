"""One registration's lines of evidence as they came, and by what each is known to be theirs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from services.attendance.commands.gathering import MINE, Fetches, matching_of_one
from services.attendance.commands.uploads import STANDS
from services.attendance.domain.evidence import Matching, Sighting
from services.attendance.domain.owners import owner_of, owners_of

MOST = 500  # lines of a session that are shown: one who comes and goes every minute has fewer
By = Literal["staff", "list", "own", "participant"]

_LINES = f"""
SELECT participant_id, registration_id, kind, at, until, source, received_at, sha256 FROM (
  SELECT participant_id, registration_id, kind, at, NULL::timestamptz AS until, source,
    received_at, sha256
  FROM observations o
  WHERE course_id = $1 AND session_id = $2 AND participant_id IN {MINE}
  UNION ALL
  SELECT participant_id, registration_id, CASE WHEN waiting THEN 'waiting' ELSE 'interval' END,
    joined_at, left_at, origin, min(received_at), sha256
  FROM report_lines r
  WHERE course_id = $1 AND session_id = $2 AND participant_id IN {MINE}
    AND {STANDS.format(of="r")}
  GROUP BY participant_id, registration_id, waiting, joined_at, left_at, origin, sha256
) lines ORDER BY at, kind, sha256 LIMIT {MOST + 1}
"""
# The last word of whose each participant is; a registrant is told where a list said it.
_WORDS = f"""
SELECT DISTINCT ON (participant_id) participant_id, registrant_id IS NOT NULL AS by_list, by, at
FROM matches WHERE course_id = $1 AND session_id = $2 AND participant_id IN {MINE}
ORDER BY participant_id, number DESC
"""


@dataclass(frozen=True, slots=True)
class Traced:
    """A line, and what it is theirs by: staff matched the participant, the platform's `list` of
    registrants did, the line's `own` registration says it, or another line of the `participant`.

    `said_by` and `said_at` are of the match, where one holds. `until` is of an interval.
    """

    participant_id: str
    kind: str
    at: datetime
    until: datetime | None
    source: str
    received_at: datetime
    by: By
    said_by: str | None
    said_at: datetime | None


async def traced(
    con: Fetches, course_id: str, session_id: str, registration_id: str
) -> tuple[list[Traced], bool]:
    """The lines of one registration in a session by time, and whether there are more than MOST."""
    key = (course_id, session_id)
    rows = await con.fetch(_LINES, *key, registration_id)
    matching = await matching_of_one(con, key, registration_id, rows)
    said = await con.fetch(_WORDS, *key, registration_id)
    words = {word["participant_id"]: word for word in said}
    lines = [_line(row) for row in rows]
    whose = owners_of(lines, (), matching)
    found = [
        _traced(row, line, matching, words)
        for row, line in zip(rows, lines, strict=True)
        if owner_of(line, matching, whose) == registration_id
    ]
    return found[:MOST], len(rows) > MOST


def _line(row: Mapping[str, Any]) -> Sighting:
    return Sighting(
        row["at"],
        row["kind"],
        row["sha256"],
        participant_id=row["participant_id"],
        registration_id=row["registration_id"],
    )


def _traced(
    row: Mapping[str, Any],
    line: Sighting,
    matching: Matching,
    words: Mapping[str, Mapping[str, Any]],
) -> Traced:
    word = words.get(row["participant_id"]) if row["participant_id"] in matching.by_hand else None
    by: By = "participant" if line.registration_id is None else "own"
    if word is not None:
        by = "list" if word["by_list"] else "staff"
    return Traced(
        row["participant_id"],
        row["kind"],
        row["at"],
        row["until"],
        row["source"],
        row["received_at"],
        by,
        word["by"] if word else None,
        word["at"] if word else None,
    )
