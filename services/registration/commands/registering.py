"""Register: a seat, or a place in line (domain.md §4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import replace as dataclass_replace
from datetime import datetime
from functools import cached_property

from services.registration.commands.accommodating import ASKED, keep_request
from services.registration.commands.admission import (
    CourseUnknown,
    require_disclosure,
    require_not_over,
    require_open,
)
from services.registration.commands.persons import (
    attendee_of,
    changing_person,
    new_person,
    record,
)
from services.registration.commands.prerequisites import (
    NOTHING,
    Shown,
    keep_met,
    reading_proofs,
    require_prerequisites,
)
from services.registration.commands.pricing import (
    NONE_ASKED,
    PriceAsked,
    keep_statement,
    price_for,
    pricing,
    use_code,
)
from services.registration.commands.recognising import (
    Known,
    as_known,
    known_person,
    living_of,
    reading_known,
    reading_living,
)
from services.registration.commands.saying import Group, say_link_requested, say_waitlisted
from services.registration.commands.seating import hold
from services.registration.commands.steps import (
    begin,
    first_waiting,
    living,
    note,
    seats_of,
    tally_of,
)
from services.registration.domain import payment
from services.registration.domain.attendee import Attendee
from services.registration.domain.prerequisites import Named
from services.registration.domain.prices import Given
from services.registration.domain.same_person import person_key
from services.registration.domain.seats import place
from services.registration.models import Course, Credit, Person, Registration, Seats
from shared.runtime.plans import Plan, needs
from shared.runtime.rows import Query, replace
from shared.runtime.work import Work


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
    shown: Shown = NOTHING  # of the courses that this one builds on
    accommodation: str = ""  # what they need to take part, in their own words
    known: Known | None = None  # by an earlier registration: then no new person is made
    person: Person | None = None  # who that is
    price: PriceAsked = NONE_ASKED
    complimentary: str | None = None  # presenter, moderator or staff: no seat of the capacity

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
    attendee: Attendee | None = None  # as recorded, of a new registration


@dataclass(frozen=True)
class Admitted:
    """Who may register: how it is paid, and what is charged."""

    method: payment.Method
    price: Given


def register_needs(c: Register) -> Plan:
    """The seats and the course, locked; the person's live registration; the credits by code."""
    person = (yield from reading_known(c.known)) if c.known else None
    who = person or c.attendee
    lived, live = yield from reading_living(c.course_id, who.name, who.email)
    if live is not None and live.state == "waitlisted":
        yield [first_waiting(c.course_id, None)]
    yield from reading_proofs(c.shown)
    asked = [(Credit, digest) for digest in c.credit_digests]
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
        person = known_person(work, c.known)
        c = dataclass_replace(c, person=person, attendee=as_known(person, c.attendee))
    live = living_of(work, c.course_id, c.attendee.name, c.attendee.email)
    if live is not None:
        again = note(work, live, "asked-again", by=c.by)
        say_link_requested(work, again, work.new_id("request"))
        return Placed(again, course, existing=True, position=position_of(work, again))
    admitted = admit(work, course, c)
    tally = tally_of(seats_of(work, c.course_id))
    free = place(tally, payment.wish_of(admitted.method)) != "none"
    seated = free or c.complimentary is not None
    return enter(work, course, c, admitted, seated=seated)


def admit(
    work: Work,
    course: Course,
    c: Register,
    *,
    lines: int = 1,
    taken: Mapping[str, int] | None = None,
) -> Admitted:
    """How it is paid, and how much; refuses whoever may not register, before anybody is given
    anything. `lines` and `taken` are of the order that it is part of (`price_for`)."""
    if c.complimentary is not None:
        return _admit_free(course, c, work.now)
    require_open(course, work.now)
    require_disclosure(course, c.disclosure_version)
    _met(work, course, c)
    price = price_for(work, course, c.price, lines=lines, taken=taken)
    may_invoice = c.may_invoice or course.terms["invoice_allowed"]
    return Admitted(payment.method_for(c.method, price.amount, may_invoice=may_invoice), price)


def _admit_free(course: Course, c: Register, now: datetime) -> Admitted:
    """Who works at the course: neither window nor prerequisite is for them; a disclosure that they
    have accepted is the one in force."""
    require_not_over(course, now)
    if c.disclosure_version is not None:
        require_disclosure(course, c.disclosure_version)
    return Admitted("free", Given("", 0))


def enter(
    work: Work,
    course: Course,
    c: Register,
    admitted: Admitted,
    *,
    seated: bool,
    group: Group | None = None,
) -> Placed:
    """Who was admitted gets a seat, or the next place in line."""
    met = _met(work, course, c)
    seats = seats_of(work, c.course_id)
    ticket = None if seated else seats.tickets + 1
    person = _person(work, course, c)
    made = new_registration(work, course, c, person, admitted, ticket=ticket)
    made = replace(made, group_id=group.group_id) if group else made
    keep_statement(work, made, 1, c.price)
    if seated:
        use_code(work, made, c.price)
        facts = {"complimentary": c.complimentary} if c.complimentary else None
        held = hold(work, made, course, by=c.by, new=True, group=group, facts=facts)
        kept = _kept(work, held, met, c)
        return Placed(kept, course, attendee=c.attendee)
    position = seats.waiting + 1
    waiting = begin(work, made, by=c.by, act="register")
    say_waitlisted(work, waiting, position)
    kept = _kept(work, waiting, met, c)
    return Placed(kept, course, position=position, attendee=c.attendee)


def _kept(
    work: Work, row: Registration, met: Mapping[str, str | None], c: Register
) -> Registration:
    """What came with it. Its id is new, so the task that staff are given follows by itself."""
    row = keep_met(work, row, met, c.shown, by=c.by)
    if not c.accommodation:
        return row
    work.plan_due(ASKED, row.registration_id, work.now)
    return keep_request(work, row, c.accommodation, by=c.by)


def _person(work: Work, course: Course, c: Register) -> Person:
    if c.person is None:
        return new_person(work, c.attendee, course.terms["zone"])
    changed = attendee_of(c.person) != c.attendee
    return record(work, c.person, c.attendee) if changed else c.person


def _met(work: Work, course: Course, c: Register) -> Mapping[str, str | None]:
    if c.complimentary is not None:
        return {}
    who = Named(c.attendee.name, c.attendee.email)
    return require_prerequisites(work, course, who, c.shown)


def new_registration(
    work: Work,
    course: Course,
    c: Register,
    person: Person,
    admitted: Admitted,
    *,
    ticket: int | None,
) -> Registration:
    """The row as it begins: with a seat, or with a ticket of the waiting list.

    With a ticket its price is today's, and `price_id` the kind that will be asked for again.
    """
    price = admitted.price
    return Registration(
        registration_id=work.new_id("registration"),
        course_id=c.course_id,
        course_version=course.version,
        person_id=person.person_id,
        person_key=c.person_key,
        live_key=c.person_key,
        state="requested" if ticket is None else "waitlisted",
        seat="none" if ticket is not None or c.complimentary else "held",
        ticket=ticket,
        method=admitted.method,
        price_minor=price.amount,
        currency=course.terms["price"]["currency"],
        price_id=price.price_id if ticket is None else price.kept,
        complimentary=c.complimentary is not None,
        organisation=c.organisation,
        group_id=None,
        transferred_from=None,
        transfer_to=None,
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
        choose_until=None,
        partner_id=c.partner[0] if c.partner else None,
        item_id=c.partner[1] if c.partner else None,
    )


def credit_ids(work: Work, digests: Sequence[str]) -> list[str]:
    """The credits whose codes were given; a code that is none is named so, for billing to say."""
    found = [(work.get(Credit, digest), digest) for digest in digests]
    return [credit.credit_id if credit else f"unknown:{digest[:16]}" for credit, digest in found]


def position_of(work: Work, row: Registration) -> int | None:
    """The place in line of one who waits; the line must have been planned, whole."""
    if row.state != "waitlisted":
        return None
    line = work.find(first_waiting(row.course_id, None))
    return 1 + [each.registration_id for each in line].index(row.registration_id)
