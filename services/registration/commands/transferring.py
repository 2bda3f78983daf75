"""Transfer: cancel and rebook in one act, under the old course's window (domain.md §4).

The seats of both courses are locked together. Not dearer: the one seat is given for the other at
once. Dearer: the other seat is held until the difference is paid, and the old one stays. Nobody is
put on a waiting list who has a seat elsewhere. What it comes to is billing's to decide, from the
receipt of the request.
"""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import replace as dataclass_replace
from datetime import datetime

from services.registration.commands.access import by, owned
from services.registration.commands.admission import (
    CourseUnknown,
    require_disclosure,
    require_open,
    require_standing,
)
from services.registration.commands.admitting import Admitted
from services.registration.commands.application import Register
from services.registration.commands.entering import new_registration
from services.registration.commands.offers import freeing
from services.registration.commands.people import Erased, SamePerson
from services.registration.commands.persons import attendee_of, person_of, reading_person
from services.registration.commands.prerequisites import (
    NOTHING,
    Shown,
    keep_met,
    named,
    reading_proofs,
    require_prerequisites,
)
from services.registration.commands.pricing import NONE_ASKED, price_for
from services.registration.commands.recognising import living_of, reading_living
from services.registration.commands.saying import say_requested
from services.registration.commands.seating import confirm, hold_end
from services.registration.commands.standing import (
    certificates_of,
    require_no_certificate,
    require_not_begun,
)
from services.registration.commands.steps import begin, keep_words, note, seats_of, tally_of
from services.registration.commands.transfers import (
    choices_of,
    leave,
    pending,
    pending_needs,
    value_left,
)
from services.registration.domain import transfer as rule
from services.registration.domain.seats import NoSeat, place
from services.registration.domain.transitions import move
from services.registration.models import Course, CourseVersion, Invoice, Person, Registration, Seats
from shared.money import Money
from shared.runtime.caller import Caller
from shared.runtime.plans import Plan, Wanted, needs
from shared.runtime.rows import Query, replace, where
from shared.runtime.work import Work


@dataclass(frozen=True)
class Transfer:
    """A request to move a registration to another course, received by us at `received_at`."""

    registration_id: str
    caller: Caller
    received_at: datetime
    course_id: str
    disclosure_version: str | None
    shown: Shown = NOTHING  # of the courses that the other one builds on
    policy: str | None = None  # the choice between the one that was bought and the one in force
    reason: str = ""


@dataclass(frozen=True)
class Moved:
    """The new registration; `due` is the difference that is to be paid until its hold ends."""

    registration: Registration
    course: Course
    due: Money


def _transfer_needs(c: Transfer) -> Plan:
    [row, target] = yield [(Registration, c.registration_id), (Course, c.course_id)]
    if row is None:
        return []
    yield [(Course, row.course_id), (CourseVersion, (row.course_id, row.course_version))]
    person = yield from reading_person(row.person_id)
    yield from reading_proofs(c.shown)
    under_way = yield from pending_needs(row)
    own: list[Wanted] = [
        *freeing(row),
        certificates_of(row.registration_id),
        _invoices(row),
        choices_of(row),
        *under_way,
    ]
    if target is None or person is None:
        return own
    lived, _ = yield from reading_living(c.course_id, person.name, person.email)
    return [*own, (Seats, c.course_id), *lived]


def _invoices(row: Registration) -> Query[Invoice]:
    return where(Invoice, registration_id=row.registration_id)


@needs(_transfer_needs)
async def transfer(work: Work, c: Transfer) -> Moved:
    """Move a confirmed registration to another course, or hold a seat there for it."""
    row = owned(c.caller, c.registration_id, work.get(Registration, c.registration_id))
    course = work.get(Course, row.course_id)
    assert course is not None
    _require_movable(work, row, course, c)
    target, person = _require_admitted(work, row, c)
    met = require_prerequisites(work, target, named(person), c.shown)
    _require_seat(work, target)
    made = _new(work, row, target, person, c)
    if c.caller.operator:
        work.audit("registration.transferred", f"{row.registration_id} {made.registration_id}")
    brought = value_left(work, row)
    due = rule.difference(brought, made.price_minor)
    if due:  # a seat is held no longer than the old one can be given up
        ends = min(
            hold_end(work.now, target.terms),
            target.closes_at,
            max(row.first_start, course.first_start),
        )
        made = replace(made, hold_expires_at=ends)
    facts = {"from": row.registration_id} | ({"policy": c.policy} if c.policy else {})
    held = begin(work, made, by=by(c.caller), act="transfer", facts=facts)
    held = keep_met(work, held, met, c.shown, by=by(c.caller))
    say_requested(work, held, target, transferred_price=Money(brought, row.currency))
    if due:
        old = _wait_for(work, row, held, by(c.caller))
    else:
        basis = "transfer" if held.price_minor else "free"
        held = confirm(work, held, basis, by=by(c.caller))
        old = leave(work, row, held, by=by(c.caller), choice=c.policy)
    keep_words(work, old, {"reason": c.reason}, c.caller, row.person_id)
    return Moved(held, target, Money(due, held.currency))


def _require_movable(work: Work, row: Registration, course: Course, c: Transfer) -> None:
    require_no_certificate(work, row)
    require_not_begun(row, course, c.received_at)
    move(row.state, "transfer")
    require_standing(course)
    invoices = work.find(_invoices(row))
    rule.require_movable(
        row.price_minor,
        complimentary=row.complimentary,
        paid=any(invoice.paid_at is not None for invoice in invoices),
    )
    if pending(work, row) is not None:
        raise rule.TransferPending("A transfer waits to be paid already; pay it, or let it lapse.")


def _require_admitted(work: Work, row: Registration, c: Transfer) -> tuple[Course, Person]:
    """What the other course asks of anybody."""
    target, person = work.get(Course, c.course_id), person_of(work, row.person_id)
    if target is None:
        raise CourseUnknown("There is no such course.")
    if person is None:
        raise Erased("The person of this registration was erased.")
    price = price_for(work, target, NONE_ASKED)
    rule.require_other(
        (row.course_id, row.price_minor, row.currency),
        (target.course_id, price.amount, target.terms["price"]["currency"]),
    )
    if living_of(work, target.course_id, person.name, person.email) is not None:
        raise SamePerson("This person is registered for that course already.")
    require_open(target, work.now)
    require_disclosure(target, c.disclosure_version)
    return target, person


def _require_seat(work: Work, target: Course) -> None:
    if place(tally_of(seats_of(work, target.course_id)), "buy") == "none":
        raise NoSeat("No seat is free in that course; your seat in this one stays yours.")


def _new(
    work: Work, row: Registration, target: Course, person: Person, c: Transfer
) -> Registration:
    """The same person, payer and way of paying; it counts from the receipt of the request."""
    asked = Register(
        course_id=target.course_id,
        attendee=dataclass_replace(attendee_of(person), place=row.tax_place),
        disclosure_version=c.disclosure_version,
        method=row.method,
        by=by(c.caller),
        organisation=row.organisation,
        own=work.get(Person, row.person_id),
    )
    price = price_for(work, target, NONE_ASKED)  # early bird, where that is
    admitted = Admitted(rule.method_after(row.method, price.amount), price)
    made = new_registration(work, target, asked, person, admitted, ticket=None)
    return replace(
        made,
        transferred_from=row.registration_id,
        requested_at=c.received_at,
    )


def _wait_for(work: Work, row: Registration, held: Registration, who: str) -> Registration:
    """The old registration stays, and knows what is held for it."""
    assert held.hold_expires_at is not None
    work.plan_due("expire_hold", held.registration_id, held.hold_expires_at)
    to = held.registration_id
    facts = {"to_registration_id": to, "to_course_id": held.course_id}
    return note(work, row, "transfer-asked", by=who, facts=facts, transfer_to=to)
