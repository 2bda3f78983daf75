"""Register: a seat, or a place in line (domain.md §4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from services.registration.commands.saying import (
    hold_end,
    say_confirmed,
    say_link_requested,
    say_person,
    say_requested,
    say_waitlisted,
)
from services.registration.commands.steps import (
    begin,
    first_waiting,
    living,
    note,
    seats_of,
    step,
    tally_of,
)
from services.registration.domain import payment
from services.registration.domain.attendee import Attendee
from services.registration.domain.same_person import email_key, person_key
from services.registration.domain.seats import place
from services.registration.models import Course, Credit, Person, Registration, Seats
from shared.errors import Conflict, NotFound
from shared.runtime.plans import Plan, needs
from shared.runtime.rows import Query, replace
from shared.runtime.work import Work


class CourseUnknown(NotFound):
    """Nobody published such a course."""

    slug = "course-unknown"


class RegistrationClosed(Conflict):
    """Too late: the window is over, or the first session has begun."""

    slug = "registration-closed"


class RegistrationNotOpen(Conflict):
    """Too early: the window has not begun."""

    slug = "registration-not-open"


class DisclosureOutdated(Conflict):
    """Another version of the disclosure is in force than the one that was accepted."""

    slug = "disclosure-outdated"


@dataclass(frozen=True)
class Register:
    """Somebody asks for a place. `by` goes into the history; credits are digests of their codes."""

    course_id: str
    attendee: Attendee
    disclosure_version: str | None
    method: str
    by: str
    may_invoice: bool = False
    credit_digests: tuple[str, ...] = ()
    organisation: str | None = None
    partner: tuple[str, str] | None = None  # partner id and item id

    @cached_property
    def living(self) -> Query[Registration]:
        """The registration that person has in the course, if one lives."""
        return living(self.person_key)

    @cached_property
    def person_key(self) -> str:
        """The same person within the course."""
        return person_key(self.course_id, self.attendee.name, self.attendee.email)


@dataclass(frozen=True)
class Placed:
    """The registration, and whether it was there before; `position` while it waits."""

    registration: Registration
    course: Course
    existing: bool = False
    position: int | None = None


def register_needs(c: Register) -> Plan:
    """The seats and the course, locked; the person's live registration; the credits by code."""
    [live] = yield [c.living]
    if live and live[0].state == "waitlisted":
        yield [first_waiting(c.course_id, None)]
    asked = [(Credit, digest) for digest in c.credit_digests]
    return [(Seats, c.course_id), (Course, c.course_id), c.living, *asked]


@needs(register_needs)
async def register(work: Work, c: Register) -> Placed:
    """Give the person a seat, or a place in line, or what they already have."""
    course = work.get(Course, c.course_id)
    if course is None:
        raise CourseUnknown("There is no such course.")
    live = work.first(c.living)
    if live is not None:
        again = note(work, live, "asked-again", by=c.by)
        say_link_requested(work, again, work.new_id("request"))
        return Placed(again, course, existing=True, position=_position(work, again))
    require_open(course, work.now)
    require_disclosure(course, c.disclosure_version)
    terms = course.terms
    method = payment.method_for(
        c.method, terms["price"]["amount"], may_invoice=c.may_invoice or terms["invoice_allowed"]
    )
    person = _person(work, c, terms)
    seats = seats_of(work, c.course_id)
    seated = place(tally_of(seats), payment.wish_of(method)) != "none"
    made = Registration(
        registration_id=work.new_id("registration"),
        course_id=c.course_id,
        course_version=course.version,
        person_id=person.person_id,
        person_key=c.person_key,
        live_key=c.person_key,
        state="requested" if seated else "waitlisted",
        seat="held" if seated else "none",
        ticket=None if seated else seats.tickets + 1,
        method=method,
        price_minor=terms["price"]["amount"],
        currency=terms["price"]["currency"],
        organisation=c.organisation,
        credit_ids=credit_ids(work, c.credit_digests),
        first_start=course.first_start,
        disclosure_version=c.disclosure_version,
        disclosed_at=work.now if c.disclosure_version else None,
        token_version=1,
        revision=0,
        requested_at=work.now,
        hold_expires_at=None,
        offer_expires_at=None,
        confirmed_at=None,
        basis=None,
        cancel_requested_at=None,
        partner_id=c.partner[0] if c.partner else None,
        item_id=c.partner[1] if c.partner else None,
    )
    work.put(person)
    say_person(work, person)
    if seated:
        return Placed(hold(work, made, course, by=c.by, new=True), course)
    position = seats.waiting + 1
    waiting = begin(work, made, by=c.by, act="register")
    say_waitlisted(work, waiting, position)
    return Placed(waiting, course, position=position)


def hold(work: Work, row: Registration, course: Course, *, by: str, new: bool) -> Registration:
    """A seat is held: until it is paid where that is by card, else it is confirmed at once."""
    ends = hold_end(work.now, course.terms) if row.method == "card" else None
    if new:
        held = begin(work, replace(row, hold_expires_at=ends), by=by, act="register")
    else:
        accepted = step(work, row, "accept", seat="held", by=by, hold_expires_at=ends)
        assert accepted is not None
        held = accepted
    say_requested(work, held, course)
    if ends is not None:
        work.plan_due("expire_hold", held.registration_id, ends)
        return held
    return confirm(work, held, "free" if held.method == "free" else "invoice", by=by)


def confirm(work: Work, row: Registration, basis: Any, *, by: str) -> Registration:
    """The seat is theirs. What the caller asks must be allowed: see the table of transitions."""
    changes = {"confirmed_at": work.now, "basis": basis, "hold_expires_at": None}
    confirmed = step(work, row, "confirm", seat="sold", by=by, why=basis, **changes)
    assert confirmed is not None
    work.drop_due("expire_hold", row.registration_id)
    say_confirmed(work, confirmed, basis)
    return confirmed


def require_open(course: Course, now: datetime) -> None:
    """Refuse outside the window; exactly at its end is after it."""
    if now >= course.closes_at:
        raise RegistrationClosed("Registration for this course has closed.")
    if course.opens_at is not None and now < course.opens_at:
        raise RegistrationNotOpen("Registration for this course has not opened yet.")


def require_disclosure(course: Course, accepted: str | None) -> None:
    """Refuse where the disclosure in force is another one, and say which."""
    current = course.terms["disclosure_version"]
    if course.terms["disclosure_required"] and accepted != current:
        raise DisclosureOutdated(
            f"The disclosure in force is {current}. Please review it and accept it.",
            current=current,
        )


def credit_ids(work: Work, digests: Sequence[str]) -> list[str]:
    """The credits whose codes were given; a code that is none is named so, for billing to say."""
    found = [(work.get(Credit, digest), digest) for digest in digests]
    return [credit.credit_id if credit else f"unknown:{digest[:16]}" for credit, digest in found]


def _position(work: Work, row: Registration) -> int | None:
    if row.state != "waitlisted":
        return None
    line = work.find(first_waiting(row.course_id, None))
    return 1 + [each.registration_id for each in line].index(row.registration_id)


def _person(work: Work, c: Register, terms: dict[str, Any]) -> Person:
    """A registration makes a new person: a name and an address are no proof of an earlier one."""
    who = c.attendee
    return Person(
        person_id=work.new_id("person"),
        version=1,
        name=who.name,
        email=who.email,
        email_key=email_key(who.email),
        zone=who.zone or terms["zone"],
        locale=who.locale,
        profession=who.profession,
        licenses=list(who.licenses),
        recorded_at=work.now,
    )
