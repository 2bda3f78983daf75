"""A freed seat goes to the first in line, in the transaction that freed it (domain.md §4)."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.registration.commands.price_codes import count_use, uses
from services.registration.commands.saying import about
from services.registration.commands.steps import first_waiting, seats_of, step, tally_of
from services.registration.domain.seats import offers_due
from services.registration.models import Course, Registration, Seats
from shared.contracts.registration import (
    RegistrationExpired,
    RegistrationLapsed,
    RegistrationOffered,
)
from shared.runtime.due import Due
from shared.runtime.plans import Plan, Wanted, needs
from shared.runtime.work import Work

OFFER_MORE = "offer_more"
HOLD_ENDED = "hold-ended"
AT_ONCE = 100  # offers a transaction: a capacity raised by thousands must not be one


def freeing(row: Registration) -> list[Wanted]:
    """What one locks to free this registration's seat and offer it to the next."""
    return [
        (Seats, row.course_id),
        (Registration, row.registration_id),
        first_waiting(row.course_id),
        *uses(row),
    ]


def offer_freed(work: Work, course: Course, most: int = 1) -> None:
    """Offer free seats to those who wait, in order; none once registration has closed."""
    closed = _closed(course, work.now)
    tally = tally_of(seats_of(work, course.course_id))
    for _ in range(min(most, offers_due(tally, closed=closed))):
        first = work.first(first_waiting(course.course_id))
        if first is not None:
            _offer(work, first, course)


def _closed(course: Course, now: datetime) -> bool:
    return now >= course.closes_at or course.status != "published"


def offering(course_id: str) -> list[Wanted]:
    """What one locks to offer many seats of a course."""
    return [(Seats, course_id), (Course, course_id), first_waiting(course_id, AT_ONCE)]


def offer_all(work: Work, course: Course) -> None:
    """Offer every free seat: the first now, what is more by a deadline that comes at once.

    Meanwhile nobody jumps the line: while anyone waits, a newcomer waits too.
    """
    offer_freed(work, course, most=AT_ONCE)
    tally = tally_of(seats_of(work, course.course_id))
    if offers_due(tally, closed=_closed(course, work.now)):
        work.plan_due(OFFER_MORE, course.course_id, work.now)


@needs(lambda due: offering(due.ref))
async def offer_more(work: Work, due: Due) -> None:
    """Go on with a course of which more seats are free than one transaction offers."""
    course = work.get(Course, due.ref)
    assert course is not None
    offer_all(work, course)


def end_hold(work: Work, row: Registration, reason: str) -> Registration | None:
    """A held seat is not held any more: it goes to the next in line. None where none was held."""
    act = "expire" if reason == HOLD_ENDED else "void"
    expired = step(work, row, act, seat="none", why=reason, hold_expires_at=None)  # type: ignore[arg-type]
    if expired is None:
        return None
    work.drop_due("expire_hold", row.registration_id)
    count_use(work, row, -1)
    work.emit(RegistrationExpired(**about(expired), expired_at=work.now, reason=reason))
    course = work.get(Course, row.course_id)
    assert course is not None
    offer_freed(work, course)
    return expired


def _offer(work: Work, row: Registration, course: Course) -> None:
    usual = work.now + timedelta(hours=course.terms["offer_hours"])
    ends = min(usual, course.closes_at)  # nobody is offered a seat for longer than one may register
    offered = step(work, row, "offer", seat="offered", offer_expires_at=ends, ticket=None)
    assert offered is not None
    work.emit(RegistrationOffered(**about(offered), offered_at=work.now, offer_expires_at=ends))
    work.plan_due("expire_offer", offered.registration_id, ends)


def _lapse_needs(due: Due) -> Plan:
    [row] = yield [(Registration, due.ref)]
    if row is None:
        return []
    yield [(Course, row.course_id)]
    return freeing(row)


@needs(_lapse_needs)
async def lapse(work: Work, due: Due) -> None:
    """The offer ended unused: the seat goes on to the next in line."""
    row = work.get(Registration, due.ref)
    if row is None or row.offer_expires_at is None or work.now < row.offer_expires_at:
        return
    lapsed = step(work, row, "lapse", seat="none", why="offer-ended", offer_expires_at=None)
    if lapsed is None:
        return
    work.emit(RegistrationLapsed(**about(lapsed), lapsed_at=work.now, reason="offer-ended"))
    course = work.get(Course, row.course_id)
    assert course is not None
    offer_freed(work, course)
