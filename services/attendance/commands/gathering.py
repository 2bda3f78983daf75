"""Gathering: the evidence of a session, read in bulk when somebody looks, and tallied off the loop.

The one place with SQL over evidence. What is settled of one registration rests on the same lines
and the same rules (`lines_of.py`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from services.attendance.commands.uploads import STANDS
from services.attendance.domain.evidence import Attended, Interval, Matching, Sighting
from services.attendance.domain.minutes import Window
from services.attendance.domain.roll import expected
from services.attendance.domain.tally import tally
from services.attendance.models import Session
from shared.dates import parse_instant

_SIGHTINGS = """
SELECT at, kind, sha256, meeting_id, participant_id, registration_id, instance, connection
FROM observations WHERE course_id = $1 AND session_id = $2
"""
_INTERVALS = f"""
SELECT joined_at, left_at, sha256, participant_id, registration_id, waiting, origin
FROM report_lines r WHERE course_id = $1 AND session_id = $2 AND {STANDS.format(of="r")}
"""
_MATCHED = """
SELECT participant_id, registration_id FROM unmatched
WHERE course_id = $1 AND session_id = $2 AND state = 'matched'
"""
_STOOD = "SELECT meeting_id, since FROM meetings WHERE course_id = $1 AND session_id = $2"
_ROLL = """
SELECT registration_id, person_id, confirmed_at IS NOT NULL AS confirmed, ended_at,
  given_back ? $2 AS gave_back
FROM registrations WHERE course_id = $1 ORDER BY registration_id
"""
# One registration's participants, so that a learner's look does not read a whole session.
MINE = """
(SELECT participant_id FROM observations
 WHERE course_id = $1 AND session_id = $2 AND registration_id = $3
 UNION SELECT participant_id FROM report_lines
 WHERE course_id = $1 AND session_id = $2 AND registration_id = $3
 UNION SELECT participant_id FROM unmatched
 WHERE course_id = $1 AND session_id = $2 AND registration_id = $3 AND state = 'matched')
"""
_SIGHTINGS_OF_ONE = f"{_SIGHTINGS} AND (participant_id IS NULL OR participant_id IN {MINE})"
_INTERVALS_OF_ONE = f"{_INTERVALS} AND participant_id IN {MINE}"
_MATCHED_OF_ONE = f"{_MATCHED} AND participant_id IN {MINE}"
_KNOWN = (
    "SELECT registration_id FROM registrations WHERE course_id = $1 AND registration_id = ANY($2)"
)
# Whom some line leaves open, as `owners.owner_of` does: it names a registration that is not one of
# the course, or none, and no other line of the session tells by exactly one whose participant it
# is. So whoever became known since, or is named by a later line, is a stranger no more.
STRANGERS = f"""
SELECT u.* FROM unmatched u
CROSS JOIN LATERAL (
  SELECT count(*) FILTER (WHERE l.registration_id IS NULL) AS nameless,
    count(l.registration_id) FILTER (WHERE r.registration_id IS NULL) AS unknown,
    count(DISTINCT r.registration_id) AS known
  FROM (
    SELECT o.registration_id FROM observations o
    WHERE o.course_id = u.course_id AND o.session_id = u.session_id
      AND o.participant_id = u.participant_id
    UNION ALL
    SELECT t.registration_id FROM report_lines t
    WHERE t.course_id = u.course_id AND t.session_id = u.session_id
      AND t.participant_id = u.participant_id AND {STANDS.format(of="t")}
  ) l
  LEFT JOIN registrations r ON r.registration_id = l.registration_id
    AND r.course_id = u.course_id
) lines
WHERE u.state = 'open' AND (lines.unknown > 0 OR (lines.nameless > 0 AND lines.known <> 1))
"""
STRANGERS_OF = f"""
SELECT count(*) AS n FROM ({STRANGERS} AND u.course_id = $1 AND u.session_id = $2) s
"""


_RULINGS = """
SELECT DISTINCT ON (registration_id) registration_id, kind, seconds FROM corrections
WHERE course_id = $1 AND session_id = $2 AND kind IN ('ruling', 'withdrawn')
{more}ORDER BY registration_id, number DESC
"""
_RULINGS_OF_ALL = _RULINGS.format(more="")
_RULINGS_OF_ONE = _RULINGS.format(more="AND registration_id = $3 ")
_NOTHING = Attended()


class Fetches(Protocol):
    """A connection, or the reader of GET requests."""

    async def fetch(self, statement: str, *args: Any) -> Sequence[Mapping[str, Any]]:
        """Records of a statement."""
        ...


@dataclass(frozen=True, slots=True)
class Gathered:
    """A session's evidence, tallied: who was expected, what each attended, and what staff ruled."""

    expected: Mapping[str, str]  # registration id → person id
    attended: Mapping[str, Attended]
    strangers: int
    rulings: Mapping[str, int]  # registration id → the seconds that count whatever the evidence

    def seconds_of(self, registration_id: str) -> int:
        """The seconds that count of a registration, as far as is known."""
        ruled = self.rulings.get(registration_id)
        return self.attended.get(registration_id, _NOTHING).seconds if ruled is None else ruled


def window_of(session: Session) -> Window | None:
    """When it is taught; None for a stub."""
    if session.starts_at is None or session.ends_at is None:
        return None
    breaks = tuple((parse_instant(a), parse_instant(b)) for a, b in session.breaks)
    return Window(session.starts_at, session.ends_at, breaks)


def taught_window(session: Session) -> Window | None:
    """The part of its window in which it was taught: up to where it was cut short, which is told in
    minutes from its start. A recording is watched at any time within its window."""
    window = window_of(session)
    if window is None or session.recorded or session.instruction_minutes is None:
        return window
    return window.first(session.instruction_minutes * 60)


def open_until(session: Session, window: Window, now: datetime) -> datetime:
    """When a stay ends that was not seen to end: now, or with the session.

    The window of a recording is months: whoever opened it and was never seen to leave has watched
    nothing that we know of.
    """
    return window.starts_at if session.recorded else min(now, window.ends_at)


async def gather(con: Fetches, session: Session, now: datetime) -> Gathered:
    """All that is known of a session now.

    A stay without an end lasts until now while the session runs, then to its end.
    """
    key = (session.course_id, session.session_id)
    seen = await con.fetch(_SIGHTINGS, *key)
    told = await con.fetch(_INTERVALS, *key)
    matched = await con.fetch(_MATCHED, *key)
    stood = await con.fetch(_STOOD, *key)
    roll = await con.fetch(_ROLL, *key)
    ruled = await con.fetch(_RULINGS_OF_ALL, *key)
    [strangers] = await con.fetch(STRANGERS_OF, *key)
    return await asyncio.to_thread(
        _tallied, session, now, (seen, told, matched, stood, roll, ruled), strangers["n"]
    )


async def ruling_of(con: Fetches, session: Session, registration_id: str) -> int | None:
    """The seconds that staff ruled for one registration, where a ruling holds."""
    key = (session.course_id, session.session_id, registration_id)
    return _ruled(await con.fetch(_RULINGS_OF_ONE, *key)).get(registration_id)


async def gather_one(
    con: Fetches, session: Session, registration_id: str, now: datetime
) -> Attended:
    """What one registration attended, by the same rules, from its own participants' lines."""
    window = taught_window(session)
    if window is None:
        return Attended()
    key = (session.course_id, session.session_id)
    seen = await con.fetch(_SIGHTINGS_OF_ONE, *key, registration_id)
    told = await con.fetch(_INTERVALS_OF_ONE, *key, registration_id)
    matching = await matching_of_one(con, key, registration_id, (*seen, *told))
    until = open_until(session, window, now)
    stood = _stood(await con.fetch(_STOOD, *key))
    all_of_them = tally(window, _sightings(seen), _intervals(told), matching, until, stood)
    return all_of_them.get(registration_id, Attended())


async def matching_of_one(
    con: Fetches, key: tuple[str, str], registration_id: str, lines: Sequence[Mapping[str, Any]]
) -> Matching:
    """Who is who among one registration's participants; `lines` are all of theirs in the session
    (`key`), as far as they name a `registration_id`."""
    matched = await con.fetch(_MATCHED_OF_ONE, *key, registration_id)
    named = sorted({row["registration_id"] for row in lines if row["registration_id"]})
    return _matching(await con.fetch(_KNOWN, key[0], named), matched)


_Rows = Sequence[Mapping[str, Any]]
_Records = tuple[_Rows, _Rows, _Rows, _Rows, _Rows, _Rows]


def _tallied(
    session: Session,
    now: datetime,
    records: _Records,
    strangers: int,
) -> Gathered:
    seen, told, matched, stood, roll, ruled = records
    window = taught_window(session)
    matching = _matching(roll, matched)
    attended = {}
    if window is not None:
        until = open_until(session, window, now)
        attended = tally(window, _sightings(seen), _intervals(told), matching, until, _stood(stood))
    starts_at = session.starts_at
    return Gathered(
        expected={
            row["registration_id"]: row["person_id"]
            for row in roll
            if starts_at is not None and is_expected(row, starts_at)
        },
        attended=attended,
        strangers=strangers,
        rulings=_ruled(ruled),
    )


def _ruled(rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    return {row["registration_id"]: row["seconds"] for row in rows if row["kind"] == "ruling"}


def is_expected(row: Mapping[str, Any], starts_at: datetime) -> bool:
    """Whether the session expects whom a row of the roll is about."""
    return expected(row["confirmed"], row["ended_at"], starts_at, gave_back=row["gave_back"])


def _matching(known: Sequence[Mapping[str, Any]], matched: Sequence[Mapping[str, Any]]) -> Matching:
    return Matching(
        known=frozenset(row["registration_id"] for row in known),
        by_hand={row["participant_id"]: row["registration_id"] for row in matched},
    )


def _stood(rows: _Rows) -> dict[str, datetime]:
    return {row["meeting_id"]: row["since"] for row in rows}


def _sightings(rows: Sequence[Mapping[str, Any]]) -> list[Sighting]:
    return [Sighting(**dict(row)) for row in rows]


def _intervals(rows: Sequence[Mapping[str, Any]]) -> list[Interval]:
    return [Interval(**dict(row)) for row in rows]
