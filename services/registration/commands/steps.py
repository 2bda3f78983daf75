"""One step of a registration: its state, its seat, its history, written together.

Every change of a registration goes through `begin`, `step` or `note`, so that none is without who,
when and why, and no seat is counted without the registration that has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from services.registration.domain import seats as rule
from services.registration.domain.transitions import LIVE, Act, move
from services.registration.models import History, Registration, Seats, Words
from shared.runtime.caller import Caller
from shared.runtime.rows import Query, replace, where
from shared.runtime.work import Work

SYSTEM = "system"


def tally_of(seats: Seats) -> rule.Tally:
    """The row as the rule sees it."""
    return rule.Tally(seats.capacity, seats.sold, seats.held, seats.offered, seats.waiting)


def seats_of(work: Work, course_id: str) -> Seats:
    """The seats of a course that is known: they were made with it."""
    seats = work.get(Seats, course_id)
    assert seats is not None, course_id
    return seats


def put_tally(work: Work, seats: Seats, tally: rule.Tally, **changes: int) -> None:
    """Write a count back."""
    work.put(
        replace(
            seats,
            sold=tally.sold,
            held=tally.held,
            offered=tally.offered,
            waiting=tally.waiting,
            **changes,
        )
    )


def first_waiting(course_id: str, limit: int | None = 1) -> Query[Registration]:
    """Those who wait for a seat, in order."""
    return where(
        Registration, course_id=course_id, state="waitlisted", order=("ticket",), limit=limit
    )


@lru_cache(maxsize=512)  # asked for in a plan, and again by the command
def living(person_key: str) -> Query[Registration]:
    """The live registration of that person in that course: at most one."""
    return where(Registration, live_key=person_key, limit=1)


def begin(
    work: Work, made: Registration, *, by: str, act: str, facts: Mapping[str, Any] | None = None
) -> Registration:
    """A new registration, with its seat or its place in line."""
    _count(work, made.course_id, "none", made.seat)
    if made.state == "waitlisted":
        seats = seats_of(work, made.course_id)
        waiting = rule.join_queue(tally_of(seats))
        put_tally(work, seats, waiting, tickets=seats.tickets + 1)
    return _write(work, None, made, act=act, by=by, why="", facts=facts or {})


def step(
    work: Work,
    row: Registration,
    act: Act,
    *,
    seat: rule.Seat,
    by: str = SYSTEM,
    why: str = "",
    facts: Mapping[str, Any] | None = None,
    **changes: Any,
) -> Registration | None:
    """Let `act` happen, with the seat it leads to; None where nothing changes.

    Raises Conflict where the table of transitions refuses a command.
    """
    to = move(row.state, act)
    if to is None:
        return None
    _count(work, row.course_id, row.seat, seat)
    if row.state == "waitlisted":
        seats = seats_of(work, row.course_id)
        put_tally(work, seats, rule.leave_queue(tally_of(seats)))
    live = row.person_key if to in LIVE else None
    after = replace(row, state=to, seat=seat, live_key=live, **changes)
    return _write(work, row, after, act=act, by=by, why=why, facts=facts or {})


def note(
    work: Work,
    row: Registration,
    act: str,
    *,
    by: str,
    why: str = "",
    facts: Mapping[str, Any] | None = None,
    **changes: Any,
) -> Registration:
    """Something happened that moves no state: kept in the history all the same."""
    after = replace(row, **changes)
    return _write(work, row, after, act=act, by=by, why=why, facts=facts or {})


def written_at(registration_id: str) -> Query[Words]:
    """Whatever was written at a registration."""
    return where(Words, registration_id=registration_id)


def wrote(
    work: Work,
    row: Registration,
    act: str,
    said: Mapping[str, str],
    *,
    by: str,
    whose: str | None = None,
    facts: Mapping[str, Any] | None = None,
) -> Registration:
    """That something was written stands in the history, the words apart: those of `whose`, or of
    the person who comes."""
    noted = note(work, row, act, by=by, facts=facts)
    work.put(
        Words(
            registration_id=noted.registration_id,
            revision=noted.revision,
            person_id=whose or noted.person_id,
            said=dict(said),
        )
    )
    return noted


def keep_words(
    work: Work,
    row: Registration,
    said: Mapping[str, str],
    caller: Caller,
    person_id: str,
    other_id: str | None = None,
) -> None:
    """What was written of the step that led to this row, apart, where it can be erased.

    `person_id` is the learner who wrote it, or of whom staff did, who do not show it to them.
    `other_id` is who else it may be of: whoever comes instead.
    """
    written = {about: words for about, words in said.items() if words}
    if written:
        work.put(
            Words(
                registration_id=row.registration_id,
                revision=row.revision,
                person_id=None if caller.operator else person_id,
                about_id=person_id if caller.operator else None,
                other_id=other_id,
                said=written,
            )
        )


def _count(work: Work, course_id: str, before: str, after: str) -> None:
    if before != after:
        seats = seats_of(work, course_id)
        put_tally(work, seats, rule.move(tally_of(seats), before, after))  # type: ignore[arg-type]


def _write(
    work: Work,
    before: Registration | None,
    after: Registration,
    *,
    act: str,
    by: str,
    why: str,
    facts: Mapping[str, Any],
) -> Registration:
    written = replace(after, revision=after.revision + 1)
    work.put(written)
    work.put(
        History(
            registration_id=written.registration_id,
            revision=written.revision,
            at=work.now,
            by=by,
            act=act,
            before=before.state if before else None,
            state=written.state,
            why=why,
            facts=dict(facts),
        )
    )
    return written
