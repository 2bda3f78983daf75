"""What the digest says, as it stands: open tasks, mails that did not go out, sessions at hand.

Read by itself, once a day or when somebody asks; from what this service knows, and no other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from services.notifications.domain.digest import OpenTask, Told
from shared.dates import day_of, end_of_day, parse_instant, start_of_day

# Of all only what puts them in order, for there may be thousands; words and ids of those told of.
_TASKS = """
SELECT task_id, service, kind, '' AS what, opened_at, due_at FROM staff_tasks
WHERE closed_at IS NULL AND opened_at IS NOT NULL AND ($1 = false OR urgent)
"""
_IN_FULL = "SELECT task_id, what, about FROM staff_tasks WHERE task_id = ANY($1)"
# Of what failed only what was due in the last week: older ones stand as tasks until they are done.
# Of what is planned only what was due: what was tried before was, and the rest is for later.
_MAILS = """
SELECT count(*) FILTER (WHERE state = 'failed' AND reason <> 'suppressed') failed,
  count(*) FILTER (WHERE state = 'failed' AND reason = 'suppressed') held_back,
  count(*) FILTER (WHERE state = 'planned' AND reason = '' AND attempts > 0) again,
  count(*) FILTER (WHERE state = 'planned' AND reason = '' AND attempts = 0 AND due_at < $1) late,
  count(*) FILTER (WHERE state = 'planned' AND reason <> '' AND due_at < $1) unheard
FROM (
  SELECT * FROM messages WHERE channel = 'mail' AND state = 'failed' AND due_at > $2
  UNION ALL
  SELECT * FROM messages WHERE channel = 'mail' AND state = 'planned' AND due_at <= $3) looked_at
"""
_COURSES = """
SELECT course_id, body FROM courses WHERE body->>'status' <> 'cancelled' AND EXISTS (
  SELECT FROM jsonb_array_elements(body->'sessions') session
  WHERE (session->>'starts_at')::timestamptz >= $1 AND (session->>'starts_at')::timestamptz < $2)
"""
_SEATS = """
SELECT course_id, count(*) FILTER (WHERE state IN ('confirmed', 'completed')) seated,
  count(*) FILTER (WHERE state IN ('requested', 'offered')) held
FROM registrations WHERE course_id = ANY($1) GROUP BY course_id
"""
_JOINS = """
SELECT course_id, subject, state, count(*) number FROM messages
WHERE template = 'join_1h' AND channel = 'mail' AND course_id = ANY($1)
GROUP BY course_id, subject, state
"""
_LATE = timedelta(minutes=15)
_WEEK = timedelta(days=7)


class Reads(Protocol):
    """A connection, or the reader of requests."""

    async def fetch(self, sql: str, *args: Any) -> Sequence[Any]: ...


@dataclass(frozen=True)
class Mails:
    """How many mails failed, wait for another address, are tried again, are late, or wait for
    something that was not heard yet."""

    failed: int = 0
    held_back: int = 0
    again: int = 0
    late: int = 0
    unheard: int = 0

    def any(self) -> bool:
        return any((self.failed, self.held_back, self.again, self.late, self.unheard))


@dataclass(frozen=True)
class AtHand:
    """A session of today or tomorrow (`place` among those `of` the course): who has a seat, who is
    held or offered one, and how many of its join links are in which state (empty: it has none)."""

    course_id: str
    session_id: str
    course: str
    place: int
    of: int
    starts_at: datetime
    ends_at: datetime
    online: bool
    title: str = ""
    seated: int = 0
    held: int = 0
    joins: tuple[tuple[str, int], ...] = ()


async def open_tasks(reads: Reads, *, urgent: bool = False) -> list[OpenTask]:
    """All that need a human, in no order and without their words; `urgent`: those that cannot
    wait."""
    return [OpenTask(**dict(row)) for row in await reads.fetch(_TASKS, urgent)]


async def in_full(reads: Reads, said: Told) -> Told:
    """The same with the words of each task that is told in full, and the ids that it is about."""
    rows = await reads.fetch(_IN_FULL, [task.task_id for _, task in said.tasks])
    full = {row["task_id"]: row for row in rows}
    tasks = [
        (when, replace(task, what=row["what"], about=row["about"]))
        for when, task in said.tasks
        if (row := full.get(task.task_id)) is not None
    ]
    return replace(said, tasks=tasks)


async def mails(reads: Reads, now: datetime) -> Mails:
    """What did not go out."""
    [row] = await reads.fetch(_MAILS, now - _LATE, now - _WEEK, now)
    return Mails(**dict(row))


async def sessions_at_hand(reads: Reads, now: datetime, zone: str) -> list[AtHand]:
    """The sessions that begin today or tomorrow there, in order; no recordings."""
    today = day_of(now, zone)
    begin, end = start_of_day(today, zone), end_of_day(_next(today), zone)
    courses = {row["course_id"]: row["body"] for row in await reads.fetch(_COURSES, begin, end)}
    if not courses:
        return []
    seats = {row["course_id"]: row for row in await reads.fetch(_SEATS, list(courses))}
    joins: dict[tuple[str, str], list[tuple[str, int]]] = {}
    for row in await reads.fetch(_JOINS, list(courses)):
        key = (row["course_id"], row["subject"])
        joins.setdefault(key, []).append((row["state"], row["number"]))
    found = [
        _at_hand(course_id, body, place, seats.get(course_id), joins)
        for course_id, body in courses.items()
        for place, session in enumerate(_held(body), start=1)
        if session["delivery"] != "recorded" and begin <= parse_instant(session["starts_at"]) <= end
    ]
    return sorted(found, key=lambda one: (one.starts_at, one.course_id, one.session_id))


def _held(body: dict[str, Any]) -> list[dict[str, Any]]:
    held = [session for session in body["sessions"] if session["status"] != "cancelled"]
    return sorted(held, key=lambda session: (session["starts_at"], session["session_id"]))


def _at_hand(
    course_id: str, body: dict[str, Any], place: int, there: Any, joins: dict[Any, Any]
) -> AtHand:
    held = _held(body)
    session = held[place - 1]
    return AtHand(
        course_id=course_id,
        session_id=session["session_id"],
        course=body["title"],
        place=place,
        of=len(held),
        starts_at=parse_instant(session["starts_at"]),
        ends_at=parse_instant(session["ends_at"]),
        online=session["delivery"] == "live_online",
        title=session["title"] or "",
        seated=there["seated"] if there else 0,
        held=there["held"] if there else 0,
        joins=tuple(sorted(joins.get((course_id, session["session_id"]), ()))),
    )


def _next(day: date) -> date:
    return day + timedelta(days=1)
