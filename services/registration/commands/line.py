"""The place in line of those who wait: counted by the database, for a line may be long."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlmodel import SQLModel

from services.registration.models import Registration
from shared.runtime.work import Work

_AHEAD = """
SELECT (SELECT count(*) FROM registrations r
        WHERE r.course_id = $1 AND r.state = 'waitlisted' AND r.ticket < u.ticket) AS ahead
FROM unnest($2::bigint[]) WITH ORDINALITY AS u(ticket, place) ORDER BY u.place
"""


async def position_of(work: Work, row: Registration) -> int | None:
    """The place in line of one who waits."""
    return (await positions_of(work, row.course_id, [row])).get(row.registration_id)


async def positions_of(work: Work, course_id: str, rows: Sequence[Registration]) -> dict[str, int]:
    """The places in line of those who wait among these, by their ids.

    The seats of the course must be locked: without them nobody joins a line or leaves it. What
    this very transaction changed of it, the database does not know yet.
    """
    waiting = {
        each.registration_id: each.ticket
        for each in rows
        if each.state == "waitlisted" and each.ticket is not None
    }
    if not waiting:
        return {}
    counted = await work.con.fetch(_AHEAD, course_id, list(waiting.values()))
    left, joined = _moved(work, course_id)
    return {
        registration_id: 1
        + record["ahead"]
        - sum(each < ticket for each in left)
        + sum(each < ticket for each in joined)
        for (registration_id, ticket), record in zip(waiting.items(), counted, strict=True)
    }


def _moved(work: Work, course_id: str) -> tuple[set[int], set[int]]:
    """The tickets that left the line in this transaction, and those that joined it."""
    changed = work.changed(Registration)
    before = _tickets(course_id, [stored for _, stored, _ in changed])
    after = _tickets(course_id, [current for _, _, current in changed])
    return before - after, after - before


def _tickets(course_id: str, rows: Iterable[SQLModel | None]) -> set[int]:
    return {
        row.ticket
        for row in rows
        if isinstance(row, Registration)
        and row.course_id == course_id
        and row.state == "waitlisted"
        and row.ticket is not None
    }
