"""A seat is held, or taken for good: the two ways in which one is given (domain.md §4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from services.registration.commands.saying import Group, say_confirmed, say_requested
from services.registration.commands.steps import begin, step
from services.registration.domain.seats import Seat
from services.registration.models import Course, Registration
from shared.runtime.rows import replace
from shared.runtime.work import Work


def hold(
    work: Work,
    row: Registration,
    course: Course,
    *,
    by: str,
    new: bool,
    group: Group | None = None,
    facts: Mapping[str, Any] | None = None,
    of_others: Sequence[str] = (),
) -> Registration:
    """A seat is held: until it is paid where that is by card, else it is confirmed at once.

    `of_others` are credits that were asked for and belong to somebody else.
    """
    ends = hold_end(work.now, course.terms) if row.method == "card" else None
    if new:
        made = replace(row, hold_expires_at=ends)
        held = begin(work, made, by=by, act="register", facts=facts)
    else:
        accepted = step(work, row, "accept", seat="held", by=by, hold_expires_at=ends)
        assert accepted is not None
        held = accepted
    say_requested(work, held, course, group, of_others=of_others)
    if ends is not None:
        work.plan_due("expire_hold", held.registration_id, ends)
        return held
    return confirm(work, held, "free" if held.method == "free" else "invoice", by=by)


def confirm(work: Work, row: Registration, basis: Any, *, by: str) -> Registration:
    """The seat is theirs; a complimentary one is none of the capacity. What the caller asks must
    be allowed: see the table of transitions."""
    seat: Seat = "none" if row.complimentary else "sold"
    changes = {"confirmed_at": work.now, "basis": basis, "hold_expires_at": None}
    confirmed = step(work, row, "confirm", seat=seat, by=by, why=basis, **changes)
    assert confirmed is not None
    work.drop_due("expire_hold", row.registration_id)
    say_confirmed(work, confirmed, basis)
    return confirmed


def hold_end(now: datetime, terms: dict[str, Any]) -> datetime:
    """When a hold for a card ends that begins now."""
    return now + timedelta(minutes=terms["hold_minutes"])
