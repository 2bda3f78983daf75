"""Register: a seat, or a place in line (domain.md §4)."""

from __future__ import annotations

from dataclasses import replace as dataclass_replace

from services.registration.commands.admission import (
    CourseUnknown,
)
from services.registration.commands.admitting import admit
from services.registration.commands.application import Placed, Register
from services.registration.commands.credit_codes import reading_credits
from services.registration.commands.entering import enter
from services.registration.commands.line import position_of
from services.registration.commands.persons import (
    changing_person,
)
from services.registration.commands.prerequisites import (
    reading_proofs,
)
from services.registration.commands.pricing import pricing
from services.registration.commands.recognising import (
    as_known,
    known_person,
    living_of,
    reading_known,
    reading_living,
)
from services.registration.commands.saying import say_link_requested
from services.registration.commands.steps import (
    note,
    seats_of,
    tally_of,
)
from services.registration.domain import payment
from services.registration.domain.seats import place
from services.registration.models import Course, Seats
from shared.runtime.plans import Plan, needs
from shared.runtime.work import Work


def register_needs(c: Register) -> Plan:
    """The seats and the course, locked; the person's live registration; the credits by code."""
    person = (yield from reading_known(c.known)) if c.known else None
    who = person or c.attendee
    lived, _ = yield from reading_living(c.course_id, who.name, who.email)
    yield from reading_proofs(c.shown)
    asked = yield from reading_credits(c.credit_digests)
    theirs = changing_person(person) if person else []
    priced = pricing(c.course_id, c.price)
    return [(Seats, c.course_id), (Course, c.course_id), *lived, *theirs, *asked, *priced]


@needs(register_needs)
async def register(work: Work, c: Register) -> Placed:
    """Give the person a seat, or a place in line, or what they already have."""
    course = work.get(Course, c.course_id)
    if course is None:
        raise CourseUnknown("There is no such course.")
    if c.known is not None:
        person, own = known_person(work, c.known)
        who = as_known(person, c.attendee)
        c = dataclass_replace(c, person=person, own=own, attendee=who)
    live = living_of(work, c.course_id, c.attendee.name, c.attendee.email)
    if live is not None:
        again = note(work, live, "asked-again", by=c.by)
        say_link_requested(work, again, work.new_id("request"))
        return Placed(again, course, existing=True, position=await position_of(work, again))
    admitted = admit(work, course, c)
    tally = tally_of(seats_of(work, c.course_id))
    free = place(tally, payment.wish_of(admitted.method)) != "none"
    seated = free or c.complimentary is not None
    return enter(work, course, c, admitted, seated=seated)
