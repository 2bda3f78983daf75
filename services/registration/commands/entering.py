"""Who was admitted gets a seat, or a place in line: the registration as it begins."""

from __future__ import annotations

from collections.abc import Mapping

from services.registration.commands.accommodating import ASKED, keep_request
from services.registration.commands.admission import disclosed
from services.registration.commands.admitting import Admitted, met_of
from services.registration.commands.application import Placed, Register
from services.registration.commands.credit_codes import credit_ids, credits_of_others
from services.registration.commands.persons import (
    attendee_of,
    new_person,
    record,
)
from services.registration.commands.prerequisites import keep_met
from services.registration.commands.price_codes import use_code
from services.registration.commands.pricing import keep_statement
from services.registration.commands.saying import Group, say_waitlisted
from services.registration.commands.seating import hold
from services.registration.commands.steps import (
    begin,
    seats_of,
)
from services.registration.models import Course, Person, Registration
from shared.runtime.rows import replace
from shared.runtime.work import Work


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
    met = met_of(work, course, c)
    seats = seats_of(work, c.course_id)
    ticket = None if seated else seats.tickets + 1
    person = _person(work, course, c)
    made = new_registration(work, course, c, person, admitted, ticket=ticket)
    made = replace(made, group_id=group.group_id) if group else made
    keep_statement(work, made, 1, c.price)
    if seated:
        use_code(work, made, c.price.digest)
        facts = {"complimentary": c.complimentary} if c.complimentary else None
        others = credits_of_others(work, c.credit_digests, person, c.organisation)
        held = hold(
            work, made, course, by=c.by, new=True, group=group, facts=facts, of_others=others
        )
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
    price, accepted = admitted.price, disclosed(course, c.disclosure_version)
    return Registration(
        registration_id=work.new_id("registration"),
        course_id=c.course_id,
        course_version=course.version,
        person_id=(c.own or person).person_id,
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
        role=c.complimentary or "",
        organisation=c.organisation,
        tax_place=c.attendee.place,
        group_id=None,
        transferred_from=None,
        transfer_to=None,
        credit_ids=credit_ids(work, c.credit_digests),
        first_start=course.first_start,
        disclosure_version=accepted,
        disclosed_at=work.now if accepted else None,
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
